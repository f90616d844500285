import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leadcrm.core import tenancy
from leads.models import Lead
from leads.services import duplicates
from tests.factories.leads import LeadFactory, stage_of


@pytest.fixture
def lead(organization, manager, team, scope):
    """A lead that the rep does not see, because it belongs to somebody else."""
    return LeadFactory(
        organization=organization, assigned_to=manager, team=team, email="Greta@Acme.example",
        phone="+919812345678", company="Acme", last_name="Weber",
    )  # fmt: skip


def test_same_email_and_phone_are_found_beyond_ones_reach_and_say_only_whose_they_are(lead, rep):
    for question in ({"email": "greta@acme.EXAMPLE"}, {"phone": "+919812345678"}):
        (found,) = duplicates.candidates(user=rep, **question)
        assert not found.is_visible
        assert found.is_exact
        assert found.whereabouts == "belongs to the team North"


def test_a_company_beyond_ones_reach_is_not_given_away(lead, rep, manager):
    assert duplicates.candidates(user=rep, company="acme", last_name="WEBER") == []
    (found,) = duplicates.candidates(user=manager, company="acme", last_name="WEBER")
    assert (found.reason, found.is_visible, found.is_exact) == ("same company and last name", True, False)
    assert duplicates.candidates(user=manager, company="acme", last_name="Other") == []


def test_a_lead_is_no_duplicate_of_itself_and_the_trash_does_not_count(lead, manager):
    assert duplicates.candidates(user=manager, email="greta@acme.example", exclude=lead.pk) == []
    lead.deleted_at = lead.created_at
    lead.save()
    assert duplicates.candidates(user=manager, email="greta@acme.example", phone="+919812345678") == []


def test_leads_of_another_organisation_are_never_found(organization, outsider, other_organization):
    LeadFactory(organization=organization, email="greta@acme.example")
    with tenancy.organization_scope(other_organization.pk):
        assert duplicates.candidates(user=outsider, email="greta@acme.example") == []


def test_the_questions_use_the_indexes(organization, manager, scope):
    stage = stage_of(organization)
    Lead.objects.bulk_create(
        Lead(stage=stage, email=f"a{n}@b.example", phone=f"+91{n:010}", company=f"Company {n}") for n in range(3_000)
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT refresh_statistics('leads_lead')")  # the planner would believe the table to be empty
    with CaptureQueriesContext(connection) as queries:
        duplicates.candidates(user=manager, email="greta@acme.example", phone="+919812345678", company="acme")
    plans = []
    with connection.cursor() as cursor:
        for statement in [one["sql"] for one in queries if 'FROM "leads_lead"' in one["sql"]]:
            cursor.execute(f"EXPLAIN {statement}")
            plans.append("\n".join(line for (line,) in cursor.fetchall()))
    assert len(plans) == 3
    for plan, index in zip(plans, ("leads_lead_email", "leads_lead_phone", "leads_lead_company"), strict=True):
        assert f" {index} " in plan, plan
