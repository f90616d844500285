"""What each filter lets through, and what becomes of an address that means nothing."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.http import QueryDict
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadcrm.core import tenancy
from leads.filters import LeadFilter
from leads.filters.dates import COMING, PAST, days_of
from leads.models import CustomField, Lead, LeadBatch, LeadTag
from tests.factories.accounts import TeamFactory
from tests.factories.leads import LeadFactory, TagFactory, stage_of

NOW = datetime(2026, 11, 18, 6, 30, tzinfo=UTC)  # a Wednesday, noon in India


@pytest.fixture
def wednesday(organization):
    with time_machine.travel(NOW, tick=False), timezone.override(organization.tzinfo):
        yield


def filtered(user, query):
    filters = LeadFilter(QueryDict(query), Lead.objects.visible_to(user), user=user)
    found = {lead.company for lead in filters.qs}
    return found, filters


def found(user, query):
    companies, filters = filtered(user, query)
    assert filters.problems == []
    return companies


def lead(organization, company, **facts):
    return LeadFactory(organization=organization, company=company, **facts)


YES, NO = {"in"}, {"out"}


@pytest.mark.parametrize(
    ("query", "inside", "outside"),
    [
        ("source=referral", {"source": "referral"}, {"source": "event"}),
        ("source=referral&source=event", {"source": "event"}, {"source": "api"}),
        ("score_min=70", {"score": 70}, {"score": 69}),
        ("score_max=40", {"score": 40}, {"score": 41}),
        ("score_band=warm", {"score": 69}, {"score": 70}),
        ("score_band=hot&score_band=cold", {"score": 39}, {"score": 40}),
        ("tier=L2_ADVANCED", {"service_tier": "L2_ADVANCED"}, {}),
        ("engagement=high", {"engagement_level": "high"}, {}),
        ("verification=fully_verified", {"verification_status": "fully_verified"}, {}),
        ("booking_potential=medium", {"booking_potential": "medium"}, {}),
        ("outreach=responded", {"outreach_status": "responded"}, {}),
        ("company_size=11-50", {"company_size": "11-50"}, {"company_size": "1-10"}),
        ("country=India", {"country": "India"}, {"country": "india"}),
        ("country=India&country=Germany", {"country": "Germany"}, {"country": "France"}),
        ("city=Pune", {"city": "Pune"}, {"city": "Pune City"}),
        ("industry=software", {"industry": "software"}, {}),
        ("value_min=50000", {"predicted_value_minor": 5_000_000}, {"predicted_value_minor": 4_999_999}),
        ("value_max=50000", {"predicted_value_minor": 5_000_000}, {"predicted_value_minor": 5_000_001}),
        ("has_email=no", {"email": ""}, {}),
        ("has_email=yes", {}, {"email": ""}),
        ("has_phone=yes", {"phone": "+4917112345"}, {"phone": ""}),
        ("has_phone=no", {}, {"phone": "+4917112345"}),
        ("do_not_contact=yes", {"do_not_contact": True}, {}),
        ("do_not_contact=no", {}, {"do_not_contact": True}),
        ("decision_maker=yes", {"is_decision_maker": True}, {"is_decision_maker": None}),
        ("decision_maker=no", {"is_decision_maker": False}, {"is_decision_maker": None}),
        ("decision_maker=unknown", {"is_decision_maker": None}, {"is_decision_maker": False}),
        ("status=contacted", {"status": "contacted"}, {}),
        ("status=contacted&status=closed_lost", {"status": "closed_lost"}, {}),
        ("next_step=overdue", {"next_follow_up_at": NOW - timedelta(minutes=1)}, {"next_follow_up_at": NOW}),
        ("next_step=planned", {"next_follow_up_at": NOW}, {}),
        ("next_step=none", {}, {"next_follow_up_at": NOW}),
        ("next_step=none", {}, {"status": "closed_won"}),
        ("next_step=today", {"next_follow_up_at": NOW}, {"next_follow_up_at": NOW + timedelta(hours=12)}),
        ("attention=overdue", {"next_follow_up_at": NOW - timedelta(days=1)}, {}),
        ("attention=unplanned", {}, {"next_follow_up_at": NOW}),
        (
            "attention=idle", {"last_activity_at": NOW - timedelta(days=15)},
            {"last_activity_at": NOW - timedelta(days=13)},
        ),
        ("attention=any", {}, {"next_follow_up_at": NOW + timedelta(days=1), "last_activity_at": NOW}),
        ("attention=any", {}, {"status": "unqualified"}),
        # Days are those of the organisation: 18:30 UTC is midnight in India.
        (
            "created=today", {"created_at": datetime(2026, 11, 17, 18, 30, tzinfo=UTC)},
            {"created_at": datetime(2026, 11, 17, 18, 29, tzinfo=UTC)},
        ),
        (
            "created_from=2026-11-01", {"created_at": datetime(2026, 10, 31, 18, 30, tzinfo=UTC)},
            {"created_at": datetime(2026, 10, 31, 18, 29, tzinfo=UTC)},
        ),
        (
            "created_to=2026-11-01", {"created_at": datetime(2026, 11, 1, 18, 29, tzinfo=UTC)},
            {"created_at": datetime(2026, 11, 1, 18, 30, tzinfo=UTC)},
        ),
        (
            "contacted=yesterday", {"last_contacted_at": NOW - timedelta(days=1)},
            {"last_contacted_at": NOW - timedelta(days=2)},
        ),
        ("contacted=never", {}, {"last_contacted_at": NOW}),
        ("close=this_month", {"expected_close_on": date(2026, 11, 30)}, {"expected_close_on": date(2026, 12, 1)}),
        ("close=next_month", {"expected_close_on": date(2026, 12, 1)}, {"expected_close_on": date(2027, 1, 1)}),
        ("close=overdue", {"expected_close_on": date(2026, 11, 17)}, {"expected_close_on": date(2026, 11, 18)}),
        ("close=none", {}, {"expected_close_on": date(2026, 11, 18)}),
        ("close_from=2026-11-18&close_to=2026-11-18", {"expected_close_on": date(2026, 11, 18)}, {}),
        ("q=in", {}, {}),
    ],
)  # fmt: skip
def test_a_filter_tells_leads_apart(wednesday, scope, organization, admin, query, inside, outside):
    lead(organization, "in", **inside)
    lead(organization, "out", **outside)
    assert found(admin, query) == YES


def test_changed_is_when_anything_was_saved(wednesday, scope, organization, admin):
    lead(organization, "in")
    lead(organization, "out")
    Lead.objects.filter(company="out").update(updated_at=NOW - timedelta(days=1))
    assert found(admin, "updated=today") == YES


def test_owner_is_a_person_oneself_or_nobody(scope, organization, admin, rep):
    lead(organization, "mine", assigned_to=admin)
    lead(organization, "theirs", assigned_to=rep)
    lead(organization, "nobodys")
    assert found(admin, "owner=me") == {"mine"}
    assert found(admin, f"owner={rep.pk}") == {"theirs"}
    assert found(admin, "owner=unassigned") == {"nobodys"}
    assert found(admin, f"owner=me&owner=unassigned&owner={admin.pk}") == {"mine", "nobodys"}


def test_stage_team_tag_and_import_are_chosen_by_id(scope, organization, admin, team):
    stage, tag = stage_of(organization, "proposal"), TagFactory(organization=organization)
    batch = LeadBatch.objects.create(name="fair.csv")
    both = lead(organization, "in", stage=stage, team=team, batch=batch)
    LeadTag.objects.create(lead=both, tag=tag)
    LeadTag.objects.create(lead=both, tag=TagFactory(organization=organization))
    lead(organization, "out")
    for query in (f"stage={stage.pk}", f"team={team.pk}", f"tag={tag.pk}", f"batch={batch.pk}"):
        assert found(admin, query) == YES


def test_a_lead_with_two_of_the_tags_comes_once(scope, organization, admin):
    first, second = TagFactory(organization=organization), TagFactory(organization=organization)
    one = lead(organization, "in")
    for tag in (first, second):
        LeadTag.objects.create(lead=one, tag=tag)
    filters = LeadFilter(QueryDict(f"tag={first.pk}&tag={second.pk}"), Lead.objects.visible_to(admin), user=admin)
    assert [row.pk for row in filters.qs] == [one.pk]


@pytest.mark.parametrize(
    ("kind", "value", "query"),
    [
        ("text", "North", "cf_region=North"),
        ("number", 5, "cf_region=5"),
        ("number", 2.5, "cf_region=2.50"),
        ("date", "2026-11-20", "cf_region=2026-11-20"),
        ("boolean", True, "cf_region=yes"),
        ("boolean", False, "cf_region=no"),
    ],
)
def test_an_own_field_is_compared_in_its_type(scope, organization, admin, kind, value, query):
    CustomField.objects.create(key="region", label="Region", type=kind)
    lead(organization, "in", custom_fields={"region": value})
    lead(organization, "out", custom_fields={"region": "South", "other": value})
    assert found(admin, query) == YES


def test_an_own_field_finds_many_leads_as_it_finds_few(scope, organization, admin, monkeypatch):
    CustomField.objects.create(key="region", label="Region")
    for number in range(4):
        lead(organization, f"{number}", custom_fields={"region": "North"})
    few = found(admin, "cf_region=North")
    monkeypatch.setattr("leads.querysets.FEW", 2)
    assert found(admin, "cf_region=North") == few == {"0", "1", "2", "3"}


def test_filters_add_up(scope, organization, admin):
    lead(organization, "in", source="event", score=80)
    lead(organization, "out", source="event", score=10)
    assert found(admin, "source=event&score_band=hot") == YES


# --- who sees what ------------------------------------------------------------------------------------


def test_a_filter_shows_nobody_more_than_they_see(scope, organization, rep, manager, team):
    elsewhere = TeamFactory(organization=organization, name="South")
    lead(organization, "own", assigned_to=rep, team=team, source="event")
    lead(organization, "pool", team=team, source="event")
    lead(organization, "team", assigned_to=manager, team=team, source="event")
    lead(organization, "elsewhere", team=elsewhere, source="event")
    assert found(rep, "source=event") == {"own", "pool"}
    assert found(manager, "source=event") == {"own", "pool", "team"}
    assert found(rep, "q=e") == set()
    assert found(rep, "q=pool") == {"pool"}
    assert found(rep, "q=elsewhere") == set()


@pytest.mark.parametrize("name", ["tag", "stage", "owner", "team"])
def test_things_of_another_organisation_are_like_things_that_never_were(organization, admin, outsider, name):
    tag = TagFactory(organization=outsider.organization)
    with tenancy.organization_scope(outsider.organization_id):
        theirs = {"tag": tag, "stage": stage_of(outsider.organization), "owner": outsider, "team": tag}[name]
    lead(organization, "in")
    with tenancy.organization_scope(organization.pk):
        companies, filters = filtered(admin, f"{name}={theirs.pk}")
        assert companies == YES
        assert filters.problems == [f"{name.title()} has something that is not there (any more); it was left out."]
        assert filters.chips == []


# --- addresses ----------------------------------------------------------------------------------------


def test_chips_say_what_is_in_force_and_how_to_take_it_away(scope, organization, admin):
    _, filters = filtered(admin, "status=new&status=contacted&owner=me&value_min=50000&created_from=2026-01-05")
    assert [(chip.label, chip.words, chip.query) for chip in filters.chips][:3] == [
        ("Status", "New", "?status=contacted&owner=me&value_min=50000&created_from=2026-01-05"),
        ("Status", "Contacted", "?status=new&owner=me&value_min=50000&created_from=2026-01-05"),
        ("Owner", "Me", "?status=new&status=contacted&value_min=50000&created_from=2026-01-05"),
    ]
    assert [(chip.label, chip.words) for chip in filters.chips][3] == ("Value from", "₹50,000")


def test_chips_carry_the_order_along(scope, admin):
    filters = LeadFilter("status=new&q=x", Lead.objects.all(), user=admin, kept=[("sort", "score")])
    assert [chip.query for chip in filters.chips] == ["?status=new&sort=score", "?q=x&sort=score"]


def test_the_address_of_the_filters_means_the_same_again(scope, organization, admin):
    _, filters = filtered(admin, "status=new&status=bogus&q=%20a%20%20b&page_size=7&created=today&utm_source=x")
    assert filters.query == "q=a+b&status=new&created=today"
    again = LeadFilter(filters.query, Lead.objects.all(), user=admin)
    assert (again.pairs, again.problems) == (filters.pairs, [])


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("status=bogus", "Status has no choice “bogus”; it was left out."),
        ("status=new&status=bogus", "Status has no choice “bogus”; it was left out."),
        ("score_min=101", "Score from must be a whole number from 0 to 100; it was left out."),
        ("score_min=1e3", "Score from must be a whole number from 0 to 100; it was left out."),
        ("value_min=-1", "Value from must be an amount such as 50000; it was left out."),
        ("value_min=nan", "Value from must be an amount such as 50000; it was left out."),
        ("value_min=1e400", "Value from must be an amount such as 50000; it was left out."),
        ("created=someday", "Created has no choice “someday”; it was left out."),
        ("created_from=0000-00-00", "Created from is not a date such as 2026-11-20; it was left out."),
        ("created_from=0001-01-01", "Created from must be between 1900 and 2200; it was left out."),
        ("created_to=9999-12-31", "Created until must be between 1900 and 2200; it was left out."),
        ("owner=someone", "Owner has something that is not there (any more); it was left out."),
        ("tag=" + "x" * 600, "Tag has a value that cannot be read; it was left out."),
        ("city=a%00b", "City has a value that cannot be read; it was left out."),
        ("city=" + "x" * 101, "City has no choice “" + "x" * 39 + "…”; it was left out."),
        ("cf_nothing=1", "There is no own field “nothing”; it was left out."),
        ("has_email=maybe", "Has an e-mail address has no choice “maybe”; it was left out."),
    ],
)
def test_what_means_nothing_is_left_out_and_said(scope, organization, admin, query, problem):
    lead(organization, "in")
    companies, filters = filtered(admin, query)
    assert companies == YES
    assert filters.problems == [problem]


def test_more_values_than_anybody_means_are_cut(scope, admin):
    filters = LeadFilter("&".join(f"city=c{n}" for n in range(60)), Lead.objects.all(), user=admin)
    assert len(filters.applied["city"]) == 50
    assert filters.problems == ["City has more than 50 values; only the first 50 count."]


def test_a_text_of_ten_megabytes_is_left_out(scope, admin):
    data = QueryDict(mutable=True)
    data.update({"q": "x" * 10_000_000, "city": "y" * 10_000_000})
    filters = LeadFilter(data, Lead.objects.all(), user=admin)
    assert filters.applied == {}
    assert len(filters.problems) == 2


NAMES = [*LeadFilter.declared_filters, "cf_region", "cf_", "page", "after"]
VALUES = st.one_of(
    st.text(max_size=60),
    st.sampled_from(["", "new", "me", "yes", "today", "none", "0", "100", "2026-11-20", "0000-01-01", "1e999", "\x00"]),
    st.uuids().map(str),
    st.integers().map(str),
    st.floats().map(str),
    st.dates().map(str),
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pairs=st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=12))
def test_no_address_makes_the_filters_fail(scope, organization, admin, pairs):
    data = QueryDict(mutable=True)
    for name, value in pairs:
        data.appendlist(name, value)
    filters = LeadFilter(data, Lead.objects.visible_to(admin), user=admin)
    list(filters.qs.values_list("pk")[:5])
    assert all(chip.words for chip in filters.chips)
    again = LeadFilter(filters.query, Lead.objects.all(), user=admin)
    assert again.pairs == filters.pairs


# --- named stretches ----------------------------------------------------------------------------------


FOLLOWING = [
    ("yesterday", "today"),
    ("today", "tomorrow"),
    ("last_week", "this_week"),
    ("this_week", "next_week"),
    ("last_month", "this_month"),
    ("this_month", "next_month"),
]


@given(today=st.dates(date(1950, 1, 1), date(2150, 1, 1)))
def test_every_named_stretch_is_whole_days_in_order(today):
    for name, _ in [*PAST, *COMING]:
        first, last = days_of(name, today)
        assert first <= last
        assert (last - first).days < 31
    for before, after in FOLLOWING:
        assert days_of(before, today)[1] + timedelta(days=1) == days_of(after, today)[0]
    assert days_of("this_week", today)[0] <= today <= days_of("this_week", today)[1]
    assert days_of("this_month", today)[0] <= today <= days_of("this_month", today)[1]
