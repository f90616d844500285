from datetime import date

import pytest

from leadcrm.audit.models import ActivityLog
from leadcrm.core.errors import DomainError
from leadcrm.core.models import new_id
from leads.models import JourneyEvent, Lead
from leads.services import capture


@pytest.fixture
def lead(rep, scope):
    return capture.create_lead(actor=rep, assigned_to=rep, email="greta@gmail.com", first_name="Greta", city="Pune")


def test_a_lead_needs_something_that_identifies_it(rep, scope):
    with pytest.raises(DomainError, match="needs an e-mail, a phone, a company"):
        capture.create_lead(actor=rep, first_name="Only")
    assert capture.create_lead(actor=rep, first_name="Only", last_name="Names").pk


def test_edits_of_different_facts_merge(lead, rep, manager):
    seen = {"city": "Pune", "job_title": ""}
    capture.update_lead(lead=lead, actor=rep, seen=seen, city="Mumbai")
    after = capture.update_lead(lead=lead, actor=manager, seen=seen, job_title="CFO")
    assert (after.city, after.job_title) == ("Mumbai", "CFO")


def test_an_edit_of_the_same_fact_is_stale_and_nothing_is_saved(lead, rep, manager):
    seen = {"city": "Pune", "job_title": ""}
    capture.update_lead(lead=lead, actor=rep, seen=seen, city="Mumbai")
    with pytest.raises(capture.StaleLead) as stale:
        capture.update_lead(lead=lead, actor=manager, seen=seen, city="Goa", job_title="CFO")
    assert stale.value.theirs == {"city": "Mumbai"}
    row = Lead.objects.get(pk=lead.pk)
    assert (row.city, row.job_title) == ("Mumbai", "")


def test_the_same_edit_by_two_people_is_no_conflict(lead, rep, manager):
    seen = {"city": "Pune"}
    capture.update_lead(lead=lead, actor=rep, seen=seen, city="Mumbai")
    assert capture.update_lead(lead=lead, actor=manager, seen=seen, city="Mumbai").city == "Mumbai"
    assert JourneyEvent.objects.filter(lead=lead, event_type="lead_updated").count() == 1


def test_custom_fields_merge_and_conflict_by_key(lead, rep, manager):
    capture.update_lead(lead=lead, actor=rep, custom_fields={"plant": "A", "shift": "1"})
    seen = {"custom_fields": {"plant": "A", "shift": "1"}}
    capture.update_lead(lead=lead, actor=rep, seen=seen, custom_fields={"plant": "B"})
    after = capture.update_lead(lead=lead, actor=manager, seen=seen, custom_fields={"shift": None})
    assert after.custom_fields == {"plant": "B"}
    with pytest.raises(capture.StaleLead) as stale:
        capture.update_lead(lead=lead, actor=manager, seen=seen, custom_fields={"plant": "C"})
    assert stale.value.theirs == {"custom_fields.plant": "B"}


def test_a_new_currency_keeps_the_amount_in_major_units(lead, rep):
    capture.update_lead(lead=lead, actor=rep, predicted_value_minor=150_000_00)
    after = capture.update_lead(lead=lead, actor=rep, currency="JPY")
    assert (after.predicted_value_minor, after.predicted_value) == (150_000, 150_000)


def test_the_same_form_makes_one_lead(rep, scope):
    pk = new_id()
    first = capture.create_lead(actor=rep, id=pk, email="x@y.example")
    with pytest.raises(capture.AlreadyCreated) as refused:
        capture.create_lead(actor=rep, id=pk, email="x@y.example")
    assert refused.value.pk == first.pk == Lead.objects.get().pk


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"company": "Ac\x00me"}, "company"),
        ({"custom_fields": {"a": ["b\x00"]}}, "custom_fields"),
        ({"quality_score": 101}, None),
        ({"google_rating": 9}, None),
        ({"price_level": 0}, None),
        ({"service_tier": "L9"}, "service_tier"),
        ({"company": "x" * 256}, "company"),
        ({"email": "no address"}, "email"),
    ],
)
def test_impossible_values_are_refused_and_nothing_is_saved(lead, rep, values, field):
    with pytest.raises(DomainError) as refused:
        capture.update_lead(lead=lead, actor=rep, city="Goa", **values)
    if field:
        assert refused.value.field == field
    assert Lead.objects.get(pk=lead.pk).city == "Pune"


def test_a_change_is_told_with_both_values(lead, rep):
    capture.update_lead(lead=lead, actor=rep, city="Goa", expected_close_on=date(2027, 1, 31))
    event = JourneyEvent.objects.get(lead=lead, event_type="lead_updated")
    assert event.properties == {"city": ["Pune", "Goa"], "expected_close_on": [None, "2027-01-31"]}
    assert event.description == "City, expected to close on"
    assert ActivityLog.objects.get(action="lead.updated").changes["city"] == ["Pune", "Goa"]


def test_trash_and_restore_are_safe_to_repeat(lead, manager):
    capture.trash_lead(lead=lead, actor=manager)
    capture.trash_lead(lead=lead, actor=manager)
    assert Lead.objects.in_trash().count() == 1
    capture.restore_lead(lead=lead, actor=manager)
    capture.restore_lead(lead=lead, actor=manager)
    events = JourneyEvent.objects.filter(lead=lead, event_type__in=["lead_deleted", "lead_restored"])
    assert events.count() == 2
