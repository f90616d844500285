"""The history that triggers write: the same for one row and for many, and never skipped."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection

from leadcrm.audit.models import FieldChange
from leads.models import Lead
from tests.factories.leads import stage_of

MANY = 45  # above the number of rows from which the trigger compares column by column


@pytest.fixture
def leads(organization, scope):
    stage = stage_of(organization)
    return Lead.objects.bulk_create(Lead(stage=stage, company=f"Company {n}", city="Pune") for n in range(MANY))


CHANGES = {
    "city": "Goa – ‘quoted’",
    "is_decision_maker": True,
    "won_value_minor": 12_345_678_901,
    "google_rating": Decimal("4.25"),
    "expected_close_on": date(2027, 2, 28),
    "last_contacted_at": datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC),
    "custom_fields": {"a": [1, None, "x"], "b": {"c": 2.5}},
    "ip_address": "10.1.2.0",
    "company": "",
    "email": "a@b.example",
}


def test_one_row_and_many_write_the_same_history(leads):
    first, *others = leads
    Lead.objects.filter(pk=first.pk).update(**CHANGES)
    Lead.objects.filter(pk__in=[lead.pk for lead in others]).update(**CHANGES)
    rows = {row.entity_id: row for row in FieldChange.objects.filter(entity_type="leads_lead")}
    assert set(rows) == {lead.pk for lead in leads}
    expected = {**rows[first.pk].changes, "company": ["Company 1", ""]}
    assert rows[others[0].pk].changes == expected
    assert set(expected) == set(CHANGES)
    assert expected["city"] == ["Pune", "Goa – ‘quoted’"]


@pytest.mark.parametrize("count", [1, MANY])
def test_columns_that_are_no_history_write_none(leads, count):
    Lead.objects.filter(pk__in=[lead.pk for lead in leads[:count]]).update(score=50, score_confidence=Decimal("0.5"))
    Lead.objects.filter(pk__in=[lead.pk for lead in leads[:count]]).update(city="Pune")
    assert not FieldChange.objects.filter(entity_type="leads_lead").exists()


def test_raw_statements_are_told_too_with_the_person_who_acts(leads, rep, organization):
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL app.actor_id = '{rep.pk}'")
        cursor.execute("UPDATE leads_lead SET city = 'Goa' WHERE organization_id = %s", [organization.pk])
    changes = FieldChange.objects.filter(entity_type="leads_lead")
    assert set(changes.values_list("actor_id", flat=True)) == {rep.pk}
    assert changes.count() == MANY


def test_only_the_rows_that_changed_are_told(leads):
    Lead.objects.filter(pk=leads[3].pk).update(city="Goa")
    Lead.objects.update(city="Goa")
    changed = FieldChange.objects.filter(entity_type="leads_lead").values_list("entity_id", flat=True)
    assert sorted(changed) == sorted(lead.pk for lead in leads)
