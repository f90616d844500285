"""Whoever had to wait for a row works with what the other has made of it, and leaves nothing out."""

import pytest

from leadcrm.audit import settings
from leadcrm.core import tenancy
from leads.choices import LeadStatus
from leads.models import Activity, JourneyEvent, Lead
from leads.services import assignment, bulk, bulk_undo, pipeline, qualification
from tests.at_once import act_while_others_hold
from tests.factories.accounts import TeamFactory, UserFactory
from tests.factories.leads import LeadFactory, stage_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def leads(organization, rep, team):
    return [LeadFactory(organization=organization, assigned_to=rep, team=team) for _ in range(3)]


def ids_of(leads):
    return [lead.pk for lead in leads]


def moved_to(organization, lead, status):
    pipeline.move_lead(lead=lead, stage=stage_of(organization, status), actor=None)


@pytest.mark.parametrize("persona", ["admin", "manager"])
def test_a_batch_takes_the_lead_that_somebody_else_has_just_moved_and_given_away(
    organization, team, leads, persona, request
):
    actor = request.getfixturevalue(persona)
    other = UserFactory(rep=True, organization=organization, team=team)

    def change():
        moved_to(organization, leads[1], LeadStatus.CONTACTED)
        assignment.assign_lead(lead=leads[1], to=other, actor=actor)

    outcome = act_while_others_hold(
        organization.pk, change,
        lambda: bulk.move_leads(ids=ids_of(leads), stage=stage_of(organization, "qualified"), actor=actor),
    )  # fmt: skip
    assert (outcome.changed, outcome.unseen) == (3, 0)
    with tenancy.organization_scope(organization.pk):
        assert set(Lead.objects.values_list("status", flat=True)) == {LeadStatus.QUALIFIED}
        assert Lead.objects.get(pk=leads[1].pk).assigned_to == other
        last = JourneyEvent.objects.filter(lead=leads[1], event_type="status_updated").order_by("-occurred_at")[0]
        assert last.description == "Contacted → Qualified"


def test_a_batch_leaves_alone_what_has_just_gone_out_of_reach(organization, manager, leads):
    with tenancy.organization_scope(organization.pk):
        elsewhere = TeamFactory(organization=organization)

        settings.change(key="leads.manager_reach", value="team", actor=None)

    outcome = act_while_others_hold(
        organization.pk,
        lambda: Lead.objects.filter(pk=leads[0].pk).update(team=elsewhere, assigned_to=None),
        lambda: bulk.trash_leads(ids=ids_of(leads), actor=manager),
    )
    assert (outcome.changed, outcome.unseen) == (2, 1)
    with tenancy.organization_scope(organization.pk):
        assert Lead.objects.alive().get().pk == leads[0].pk


def test_the_undo_of_a_batch_leaves_alone_what_somebody_has_just_moved_on(organization, admin, leads):
    with tenancy.organization_scope(organization.pk):
        stage = stage_of(organization, "contacted")
        entry = bulk.move_leads(ids=ids_of(leads), stage=stage, actor=admin).entry

    outcome = act_while_others_hold(
        organization.pk,
        lambda: moved_to(organization, leads[0], LeadStatus.QUALIFIED),
        lambda: bulk_undo.undo(entry_id=entry.pk, actor=admin),
    )
    assert (outcome.changed, outcome.unchanged) == (2, 1)
    with tenancy.organization_scope(organization.pk):
        assert Lead.objects.get(pk=leads[0].pk).status == LeadStatus.QUALIFIED


def test_of_two_who_undo_one_batch_the_second_is_told(organization, admin, leads):
    with tenancy.organization_scope(organization.pk):
        entry = bulk.move_leads(ids=ids_of(leads), stage=stage_of(organization, "contacted"), actor=admin).entry

    def undo():
        return bulk_undo.undo(entry_id=entry.pk, actor=admin)

    second = act_while_others_hold(organization.pk, undo, undo)
    assert isinstance(second, bulk_undo.TooLate)
    with tenancy.organization_scope(organization.pk):
        assert set(Lead.objects.values_list("status", flat=True)) == {LeadStatus.NEW}


def test_many_are_not_qualified_again_whom_somebody_has_just_qualified_and_put_back(organization, leads):
    """The status alone does not tell: it is the one that the lead had before."""
    with tenancy.organization_scope(organization.pk):
        Lead.objects.update(score=90)

    def change():
        assert qualification.qualify(lead=Lead.objects.get(pk=leads[0].pk), actor=None)
        moved_to(organization, leads[0], LeadStatus.NEW)

    count = act_while_others_hold(
        organization.pk, change, lambda: qualification.qualify_many(lead_ids=ids_of(leads), actor=None)
    )
    assert count == 2
    with tenancy.organization_scope(organization.pk):
        assert Activity.objects.filter(lead=leads[0], type="follow_up").count() == 1
