"""Changes of many leads at once: who may, what happens, and what takes it back."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from leadcrm.audit.models import ActivityLog, DomainEvent
from leadcrm.core import tenancy
from leadcrm.core.errors import DomainError, NotAllowed
from leads import signals
from leads.choices import JourneyEventType
from leads.events import LeadEvent
from leads.models import Activity, JourneyEvent, Lead, LeadTag, Tag
from leads.services import assignment, bulk, bulk_undo, pipeline, tagging
from leads.services.pipeline import ClosingNeedsDetail
from tests.factories.accounts import TeamFactory, UserFactory
from tests.factories.leads import ActivityFactory, LeadFactory, TagFactory, stage_of


@pytest.fixture
def leads(scope, organization, team):
    return [LeadFactory(organization=organization, team=team, company=f"C{n}") for n in range(3)]


def ids_of(leads):
    return [lead.pk for lead in leads]


def batches():
    return ActivityLog.objects.filter(action=LeadEvent.BULK_CHANGED.value).order_by("created_at")


def told(lead):
    return list(JourneyEvent.objects.filter(lead=lead).order_by("occurred_at").values_list("event_type", flat=True))


def fresh(lead):
    return Lead.objects.get(pk=lead.pk)


# --- rights -------------------------------------------------------------------------------------------


def everything(ids, actor, organization):
    return [
        lambda: bulk.assign_leads(ids=ids, to=None, actor=actor),
        lambda: bulk.tag_leads(ids=ids, add=["x"], actor=actor),
        lambda: bulk.move_leads(ids=ids, stage=stage_of(organization, "contacted"), actor=actor),
        lambda: bulk.trash_leads(ids=ids, actor=actor),
        lambda: bulk_undo.undo(entry_id=uuid.uuid4(), actor=actor),
    ]


@pytest.mark.parametrize("persona", ["rep", "marketer", "editor", "viewer"])
def test_only_administrators_and_managers_change_many_at_once(scope, organization, leads, persona, request):
    actor = request.getfixturevalue(persona)
    for act in everything(ids_of(leads), actor, organization):
        with pytest.raises(NotAllowed):
            act()
    assert not batches().exists()


def test_a_manager_changes_only_what_the_manager_sees(scope, organization, leads, manager):
    elsewhere = LeadFactory(organization=organization, team=TeamFactory(organization=organization))
    for act in everything([*ids_of(leads), elsewhere.pk], manager, organization)[1:4]:
        outcome = act()
        assert (outcome.changed, outcome.unseen) == (3, 1)
    assert fresh(elsewhere).deleted_at is None
    assert told(elsewhere) == []


def test_leads_of_another_organisation_stay_untouched(organization, other_organization, admin):
    theirs = LeadFactory(organization=other_organization)
    with tenancy.organization_scope(organization.pk):
        outcome = bulk.trash_leads(ids=[theirs.pk], actor=admin)
    assert (outcome.changed, outcome.unseen, outcome.entry) == (0, 1, None)
    with tenancy.organization_scope(other_organization.pk):
        assert Lead.objects.get().deleted_at is None


def test_a_manager_gives_leads_only_to_the_own_team(scope, organization, leads, manager):
    stranger = UserFactory(organization=organization, rep=True, team=TeamFactory(organization=organization))
    with pytest.raises(NotAllowed):
        bulk.assign_leads(ids=ids_of(leads), to=stranger, actor=manager)


def test_nothing_selected_and_too_much_selected_are_refused(scope, organization, admin):
    for ids in ([], [uuid.uuid4() for _ in range(bulk.MOST + 1)]):
        for act in everything(ids, admin, organization)[:4]:
            with pytest.raises(DomainError):
                act()


# --- owner --------------------------------------------------------------------------------------------


def test_assigning_changes_owner_and_team_and_says_so_once_for_all(scope, leads, admin, rep):
    already = leads[0]
    assignment.assign_lead(lead=already, to=rep, actor=admin)
    outcome = bulk.assign_leads(ids=[*ids_of(leads), uuid.uuid4()], to=rep, actor=admin)
    assert outcome.words("given to Ravi Nair") == "2 leads given to Ravi Nair, 1 already so, 1 not visible to you"
    assert {fresh(lead).assigned_to_id for lead in leads} == {rep.pk}
    assert {fresh(lead).team_id for lead in leads} == {rep.team_id}
    entry = batches().get()
    assert entry.actor_id == admin.pk
    assert entry.metadata["leads"] == sorted(str(lead.pk) for lead in leads[1:])
    assert [told(lead) for lead in leads[1:]] == [[JourneyEventType.LEAD_ASSIGNED]] * 2
    events = DomainEvent.objects.filter(name=LeadEvent.ASSIGNED.value, entity_id__in=ids_of(leads[1:]))
    assert [event.payload for event in events] == [{"to": str(rep.pk)}] * 2


def test_assigning_costs_the_same_number_of_queries_for_many(scope, organization, admin, rep):
    def cost(count):
        made = [LeadFactory(organization=organization) for _ in range(count)]
        with CaptureQueriesContext(connection) as queries:
            bulk.assign_leads(ids=ids_of(made), to=rep, actor=admin)
        return len(queries)

    assert cost(5) == cost(25)


def test_open_work_goes_along_and_comes_back(scope, organization, leads, admin, rep, manager, editor):
    lead = leads[0]
    assignment.assign_lead(lead=lead, to=manager, actor=admin)
    theirs = ActivityFactory(lead=lead, user=manager)
    nobodys = ActivityFactory(lead=lead, user=None)
    others = ActivityFactory(lead=lead, user=editor)
    done = ActivityFactory(lead=lead, user=manager, completed_at=timezone.now())
    outcome = bulk.assign_leads(ids=ids_of(leads), to=rep, actor=admin)

    def owners():
        return [Activity.objects.get(pk=work.pk).user_id for work in (theirs, nobodys, others, done)]

    assert owners() == [rep.pk, rep.pk, editor.pk, manager.pk]
    bulk_undo.undo(entry_id=outcome.entry.pk, actor=admin)
    assert owners() == [manager.pk, None, editor.pk, manager.pk]
    assert [fresh(one).assigned_to_id for one in leads] == [manager.pk, None, None]


def test_undoing_an_assignment_leaves_alone_what_was_given_on(scope, leads, admin, rep, manager):
    outcome = bulk.assign_leads(ids=ids_of(leads), to=rep, actor=admin)
    assignment.assign_lead(lead=leads[0], to=manager, actor=admin)
    undone = bulk_undo.undo(entry_id=outcome.entry.pk, actor=admin)
    assert (undone.changed, undone.unchanged) == (2, 1)
    assert [fresh(lead).assigned_to_id for lead in leads] == [manager.pk, None, None]


# --- tags ---------------------------------------------------------------------------------------------


def names_on(lead):
    return sorted(LeadTag.objects.filter(lead=lead).values_list("tag__name", flat=True))


def test_tags_are_added_and_taken_off_and_put_back(scope, organization, leads, admin):
    old = TagFactory(organization=organization, name="Old")
    tagging.add_tags(lead=leads[0], names=["Old", "Hot"], actor=admin)
    tagging.add_tags(lead=leads[1], names=["Hot"], actor=admin)
    outcome = bulk.tag_leads(ids=ids_of(leads), add=["hot", "New"], remove=[old.pk], actor=admin)
    assert outcome.changed == 3
    assert [names_on(lead) for lead in leads] == [["Hot", "New"]] * 3
    assert batches().get().description == "3 leads: +Hot, +New, −Old"
    bulk_undo.undo(entry_id=outcome.entry.pk, actor=admin)
    assert [names_on(lead) for lead in leads] == [["Hot", "Old"], ["Hot"], []]


def test_a_tag_that_all_have_already_is_no_change(scope, leads, admin):
    bulk.tag_leads(ids=ids_of(leads), add=["Hot"], actor=admin)
    again = bulk.tag_leads(ids=ids_of(leads), add=["HOT"], actor=admin)
    assert (again.changed, again.unchanged, again.entry) == (0, 3, None)
    assert batches().count() == 1


def test_undo_does_not_bring_back_a_tag_that_was_deleted(scope, organization, leads, admin):
    old = TagFactory(organization=organization, name="Old")
    tagging.add_tags(lead=leads[0], names=["Old"], actor=admin)
    outcome = bulk.tag_leads(ids=ids_of(leads), add=["New"], remove=[old.pk], actor=admin)
    Tag.objects.filter(pk=old.pk).delete()
    bulk_undo.undo(entry_id=outcome.entry.pk, actor=admin)
    assert [names_on(lead) for lead in leads] == [[], [], []]


def test_no_tag_at_all_is_refused(scope, leads, admin):
    with pytest.raises(DomainError):
        bulk.tag_leads(ids=ids_of(leads), add=["  "], actor=admin)


# --- stage --------------------------------------------------------------------------------------------


def test_moving_does_what_moving_one_does(scope, organization, leads, admin):
    heard = []

    def listen(sender, lead, before, after, **kwargs):
        heard.append((lead.pk, before.name, after.name))

    signals.lead_moved.connect(listen)
    target = stage_of(organization, "contacted")
    pipeline.move_lead(lead=leads[2], stage=target, actor=admin)
    heard.clear()
    try:
        outcome = bulk.move_leads(ids=ids_of(leads), stage=target, actor=admin)
    finally:
        signals.lead_moved.disconnect(listen)
    assert (outcome.changed, outcome.unchanged) == (2, 1)
    moved = [fresh(lead) for lead in leads]
    assert {(lead.stage_id, lead.status) for lead in moved} == {(target.pk, "contacted")}
    assert [lead.version for lead in moved] == [2, 2, 2]
    assert moved[0].board_position < moved[1].board_position < moved[2].board_position
    assert heard == [(lead.pk, "New", "Contacted") for lead in leads[:2]]
    event = JourneyEvent.objects.get(lead=leads[0], event_type=JourneyEventType.STATUS_UPDATED)
    assert event.description == "New → Contacted"
    assert event.properties["from"] == str(stage_of(organization).pk)
    names = DomainEvent.objects.filter(entity_id=leads[0].pk).values_list("name", flat=True)
    assert list(names) == [LeadEvent.MOVED.value]


def test_many_are_won_only_with_values(scope, organization, leads, admin):
    won = stage_of(organization, "closed_won")
    Lead.objects.filter(pk__in=ids_of(leads[:2])).update(predicted_value_minor=5_000_00)
    with pytest.raises(DomainError, match="C2 have no value yet"):
        bulk.move_leads(ids=ids_of(leads), stage=won, actor=admin)
    assert {fresh(lead).status for lead in leads} == {"new"}
    bulk.move_leads(ids=ids_of(leads[:2]), stage=won, actor=admin)
    assert [fresh(lead).won_value_minor for lead in leads] == [5_000_00, 5_000_00, None]
    assert fresh(leads[0]).closed_at is not None
    names = DomainEvent.objects.filter(entity_id=leads[0].pk).order_by("created_at").values_list("name", flat=True)
    assert sorted(names) == [LeadEvent.MOVED.value, LeadEvent.WON.value]


def test_many_are_lost_for_one_reason(scope, organization, leads, admin):
    lost = stage_of(organization, "closed_lost")
    with pytest.raises(ClosingNeedsDetail):
        bulk.move_leads(ids=ids_of(leads), stage=lost, actor=admin)
    assert {fresh(lead).status for lead in leads} == {"new"}
    bulk.move_leads(ids=ids_of(leads), stage=lost, lost_reason=" Too dear ", actor=admin)
    assert {fresh(lead).lost_reason for lead in leads} == {"Too dear"}
    assert {event.payload["lost_reason"] for event in DomainEvent.objects.filter(name=LeadEvent.LOST.value)} == {
        "Too dear"
    }


def test_undo_puts_every_lead_where_and_as_it_was(scope, organization, leads, admin):
    contacted, lost = stage_of(organization, "contacted"), stage_of(organization, "closed_lost")
    pipeline.move_lead(lead=leads[0], stage=contacted, actor=admin)
    before = [fresh(lead) for lead in leads]
    outcome = bulk.move_leads(ids=ids_of(leads), stage=lost, lost_reason="Gone", actor=admin)
    undone = bulk_undo.undo(entry_id=outcome.entry.pk, actor=admin)
    assert (undone.changed, undone.unchanged) == (3, 0)
    for lead in before:
        now = fresh(lead)
        for name in ("stage_id", "status", "board_position", "closed_at", "lost_reason", "won_value_minor",
                     "stage_changed_at", "last_activity_at"):  # fmt: skip
            assert getattr(now, name) == getattr(lead, name)
        assert now.version == lead.version + 2
    assert told(leads[1])[-2:] == [JourneyEventType.STATUS_UPDATED] * 2
    assert batches().count() == 2


def test_undo_leaves_alone_what_was_moved_on(scope, organization, leads, admin):
    outcome = bulk.move_leads(ids=ids_of(leads), stage=stage_of(organization, "contacted"), actor=admin)
    pipeline.move_lead(lead=leads[0], stage=stage_of(organization, "proposal"), actor=admin)
    undone = bulk_undo.undo(entry_id=outcome.entry.pk, actor=admin)
    assert (undone.changed, undone.unchanged) == (2, 1)
    assert [fresh(lead).status for lead in leads] == ["proposal", "new", "new"]


def test_one_lead_of_a_batch_can_be_taken_back_alone(scope, organization, leads, admin):
    bulk.move_leads(ids=ids_of(leads), stage=stage_of(organization, "contacted"), actor=admin)
    move = pipeline.last_move(leads[0])
    pipeline.undo_move(lead=leads[0], move_id=move.pk, actor=admin)
    assert [fresh(lead).status for lead in leads] == ["new", "contacted", "contacted"]


# --- trash --------------------------------------------------------------------------------------------


def test_trashed_leads_come_back(scope, leads, admin):
    outcome = bulk.trash_leads(ids=ids_of(leads), actor=admin)
    assert Lead.objects.alive().count() == 0
    assert [told(lead) for lead in leads] == [[JourneyEventType.LEAD_DELETED]] * 3
    bulk_undo.undo(entry_id=outcome.entry.pk, actor=admin)
    assert Lead.objects.alive().count() == 3


def test_trashing_the_same_leads_again_touches_nothing(scope, leads, admin):
    bulk.trash_leads(ids=ids_of(leads), actor=admin)
    again = bulk.trash_leads(ids=ids_of(leads), actor=admin)
    assert (again.changed, again.unseen) == (0, 3)


# --- when undo is refused -----------------------------------------------------------------------------


def test_undo_works_once(scope, leads, admin):
    outcome = bulk.trash_leads(ids=ids_of(leads), actor=admin)
    bulk_undo.undo(entry_id=outcome.entry.pk, actor=admin)
    with pytest.raises(bulk_undo.TooLate, match="already"):
        bulk_undo.undo(entry_id=outcome.entry.pk, actor=admin)


def test_undo_ends_after_ten_minutes(scope, leads, admin):
    with time_machine.travel(timezone.now() - timedelta(minutes=11)):
        outcome = bulk.trash_leads(ids=ids_of(leads), actor=admin)
    with pytest.raises(bulk_undo.TooLate):
        bulk_undo.undo(entry_id=outcome.entry.pk, actor=admin)
    assert Lead.objects.alive().count() == 0


def test_nobody_takes_back_what_somebody_else_did(scope, leads, admin, manager):
    outcome = bulk.trash_leads(ids=ids_of(leads), actor=admin)
    with pytest.raises(bulk_undo.TooLate):
        bulk_undo.undo(entry_id=outcome.entry.pk, actor=manager)


def test_only_batches_can_be_taken_back(scope, leads, admin):
    assignment.assign_lead(lead=leads[0], to=admin, actor=admin)
    entry = ActivityLog.objects.filter(action=LeadEvent.ASSIGNED.value).get()
    with pytest.raises(bulk_undo.TooLate):
        bulk_undo.undo(entry_id=entry.pk, actor=admin)
