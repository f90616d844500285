"""A calculation is kept with everything it takes to show it again, whatever happens to the rates."""

import copy

import pytest

from assessments.models import Calculation
from assessments.models.calculation import LONGEST_PAYBACK
from assessments.preferences import ESTIMATE_RATES, ROI_RATES
from assessments.reports.shown import NEVER, months, percent, shown
from assessments.rules import tables
from leadcrm.audit import settings
from leadcrm.audit.models import ActivityLog
from leadcrm.core import tenancy
from leads.models import JourneyEvent
from tests.factories.calculations import save_estimate, save_roi
from tests.factories.leads import LeadFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(organization):
    return LeadFactory(organization=organization)


def everything(calculation):
    told = shown(calculation)
    if calculation.is_roi:
        return told.asked, told.headline, told.costs, told.compared, told.years
    return told.asked, told.headline, told.breakdown, told.phases, told.deliverables, told.total, told.weeks


def test_a_calculation_stores_its_figures_inputs_and_rates(lead, rep):
    calculation = save_roi(lead, actor=rep, label="First")
    # 100 × 600,000 × 1.2 × 20 % × 30 % = 4,320,000; set-up 250,000; running 37,500 a year.
    assert calculation.total_value_minor == 432_000_000
    assert calculation.payback_months == 1
    assert calculation.results["set_up"] == "250000.00"
    assert calculation.results["rate"]["recovery_percent"] == 30
    assert (calculation.rate_version, calculation.currency, str(calculation)) == (0, "INR", "First")


@pytest.mark.parametrize(("save", "kind"), [(save_roi, ROI_RATES), (save_estimate, ESTIMATE_RATES)])
def test_new_rates_do_not_change_what_was_computed_before(lead, rep, organization, save, kind):
    before = save(lead, actor=rep)
    told = everything(before)
    table = copy.deepcopy(tables.default_roi_rates() if kind == ROI_RATES else tables.default_estimate_rates())
    if kind == ROI_RATES:
        table["L2"]["recovery_percent"] = "12.5"
    else:
        table["types"]["platform"] = {"cost": 1, "weeks": 1, "deliverables": ["Nothing much"]}
    with tenancy.organization_scope(organization.pk):
        settings.publish_rates(kind=kind, values=table, actor=rep)
        again = Calculation.objects.get(pk=before.pk)
        assert everything(again) == told
        after = save(lead, actor=rep)
    assert after.rate_version == 1
    assert everything(after) != told


def test_a_calculation_is_told_on_the_timeline_and_in_the_log(lead, rep, organization):
    calculation = save_roi(lead, actor=rep)
    with tenancy.organization_scope(organization.pk):
        event = JourneyEvent.objects.get(lead=lead, event_type="calculation_performed")
        assert event.description == "You could save ₹43,20,000 a year. It pays for itself after 1 month."
        assert event.properties["calculation"] == str(calculation.pk)
        assert ActivityLog.objects.filter(action="calculation.saved", entity_id=calculation.pk).count() == 1


def test_what_does_not_pay_back_is_said_in_words(lead, rep):
    calculation = save_roi(lead, actor=rep, employees=1, inefficiency_percent=0)
    told = shown(calculation)
    assert calculation.payback_months is None
    assert told.expected.payback == NEVER
    assert told.headline.startswith("This does not pay back")


def test_a_payback_of_ages_is_kept_and_said_in_words(lead, rep):
    # 0.01 more than the running costs a year: the months have more digits than any column.
    calculation = save_roi(
        lead, actor=rep, employees=1_000_000, average_annual_salary="0.01", overhead_percent=0, tier="L1",
        inefficiency_percent="0.01",
    )  # fmt: skip
    assert calculation.payback_months is None or calculation.payback_months <= LONGEST_PAYBACK
    assert months(10**30) == "More than 100 years"


def test_the_largest_inputs_fit_into_every_column(lead, rep):
    calculation = save_roi(
        lead, actor=rep, employees=1_000_000, average_annual_salary=1_000_000_000, overhead_percent=200, tier="L5",
        inefficiency_percent=100,
    )  # fmt: skip
    assert calculation.total_value_minor == 195 * 10**15
    assert shown(calculation).chart.line.startswith("M")


def test_the_parts_of_an_estimate_add_up_to_its_total(lead, rep):
    calculation = save_estimate(lead, actor=rep)
    told = shown(calculation)
    # 900,000 × 1.5 × 1.25 + 40,000 + 150,000, and a tenth on top.
    assert told.total == "₹20,65,250"
    assert [amount for _, amount in told.breakdown] == ["₹16,87,500", "₹40,000", "₹1,50,000", "₹1,87,750"]
    assert told.weeks == "18 weeks"
    assert "Working platform" in told.deliverables
    assert calculation.total_value_minor == 206_525_000


def test_percentages_have_no_idle_zeros():
    assert [percent(value) for value in ("20", "12.50", "100", "0.0", "-3.5")] == [
        "20 %",
        "12.5 %",
        "100 %",
        "0 %",
        "-3.5 %",
    ]


def test_the_chart_of_a_loss_has_its_zero_inside(lead, rep):
    chart = shown(save_roi(lead, actor=rep, inefficiency_percent="0.1")).chart
    assert {bar.hue for bar in chart.bars} == {"red"}
    assert "Year 3" in chart.summary
