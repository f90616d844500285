"""Moving leads: what follows from a move, what a terminal stage asks for, and taking it back."""

from decimal import Decimal

import pytest

from leadcrm.audit.models import ActivityLog, DomainEvent
from leadcrm.core.errors import DomainError, StaleObject
from leads import signals
from leads.choices import LeadStatus
from leads.models import JourneyEvent, Lead
from leads.services import capture, pipeline
from tests.factories.leads import LeadFactory, stage_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(organization, scope, rep):
    return LeadFactory(organization=organization, assigned_to=rep, predicted_value_minor=500_000_00)


@pytest.fixture
def stage(organization, scope):
    return lambda status: stage_of(organization, status)


def column(stage):
    return list(Lead.objects.alive().filter(stage=stage).order_by("board_position", "pk"))


def test_the_status_follows_the_stage(lead, stage, rep):
    moved = pipeline.move_lead(lead=lead, stage=stage(LeadStatus.PROPOSAL), actor=rep)
    moved.refresh_from_db()
    assert (moved.stage.name, moved.status, moved.version) == ("Proposal", LeadStatus.PROPOSAL, lead.version + 1)


def test_a_move_is_told_to_timeline_audit_events_and_subscribers(lead, stage, rep):
    heard = []

    def receiver(sender, before, after, actor, **news):
        heard.append((before.name, after.name, actor))

    signals.lead_moved.connect(receiver)
    try:
        pipeline.move_lead(lead=lead, stage=stage(LeadStatus.CONTACTED), actor=rep)
    finally:
        signals.lead_moved.disconnect(receiver)
    assert heard == [("New", "Contacted", rep)]
    assert JourneyEvent.objects.get(lead=lead, event_type="status_updated").description == "New → Contacted"
    assert ActivityLog.objects.get(action="lead.moved").changes == {"stage": ["New", "Contacted"]}
    assert DomainEvent.objects.get(name="lead.moved").payload["status"] == "contacted"


def test_a_lead_enters_a_stage_on_top(organization, lead, stage, rep):
    other = LeadFactory(organization=organization, status=LeadStatus.CONTACTED)
    pipeline.move_lead(lead=lead, stage=stage(LeadStatus.CONTACTED), actor=rep)
    assert column(stage(LeadStatus.CONTACTED)) == [lead, other]


def test_a_change_of_order_is_no_change_of_the_lead(organization, lead, stage, rep):
    other = LeadFactory(organization=organization)
    assert column(stage(LeadStatus.NEW)) == [other, lead]
    before = Lead.objects.get(pk=lead.pk)
    after = pipeline.move_lead(lead=lead, stage=stage(LeadStatus.NEW), actor=rep, below=other.pk, seen_version=999)
    assert column(stage(LeadStatus.NEW)) == [lead, other]
    assert (after.version, after.updated_at) == (before.version, before.updated_at)
    assert not JourneyEvent.objects.filter(lead=lead, event_type="status_updated").exists()


def test_a_won_stage_asks_for_the_value(lead, stage, rep):
    with pytest.raises(pipeline.ClosingNeedsDetail) as asked:
        pipeline.move_lead(lead=lead, stage=stage(LeadStatus.CLOSED_WON), actor=rep)
    assert asked.value.field == "won_value"
    lead.refresh_from_db()
    assert lead.status == LeadStatus.NEW
    pipeline.move_lead(lead=lead, stage=stage(LeadStatus.CLOSED_WON), actor=rep, won_value=Decimal("1250.50"))
    lead.refresh_from_db()
    assert (lead.won_value, lead.is_closed, lead.closed_at is not None) == (Decimal("1250.50"), True, True)
    assert DomainEvent.objects.filter(name="lead.won").count() == 1


def test_a_won_value_is_not_negative(lead, stage, rep):
    with pytest.raises(DomainError, match="cannot be negative"):
        pipeline.move_lead(lead=lead, stage=stage(LeadStatus.CLOSED_WON), actor=rep, won_value=Decimal(-1))


def test_a_lost_stage_asks_for_the_reason(lead, stage, rep):
    with pytest.raises(pipeline.ClosingNeedsDetail) as asked:
        pipeline.move_lead(lead=lead, stage=stage(LeadStatus.CLOSED_LOST), actor=rep, lost_reason="  ")
    assert asked.value.field == "lost_reason"
    pipeline.move_lead(lead=lead, stage=stage(LeadStatus.CLOSED_LOST), actor=rep, lost_reason=" No budget ")
    lead.refresh_from_db()
    assert lead.lost_reason == "No budget"
    assert DomainEvent.objects.filter(name="lead.lost").count() == 1


def test_a_reopened_lead_forgets_how_it_ended(lead, stage, rep):
    pipeline.move_lead(lead=lead, stage=stage(LeadStatus.CLOSED_WON), actor=rep, won_value=Decimal(10))
    pipeline.move_lead(lead=lead, stage=stage(LeadStatus.CLOSED_LOST), actor=rep, lost_reason="Paid nothing")
    lead.refresh_from_db()
    assert (lead.won_value_minor, lead.lost_reason) == (None, "Paid nothing")
    pipeline.move_lead(lead=lead, stage=stage(LeadStatus.QUALIFIED), actor=rep)
    lead.refresh_from_db()
    assert (lead.won_value_minor, lead.lost_reason, lead.closed_at) == (None, "", None)


def test_an_older_version_is_refused_when_the_stage_changes(lead, stage, rep, admin):
    seen = lead.version
    pipeline.move_lead(lead=lead, stage=stage(LeadStatus.CONTACTED), actor=admin)
    with pytest.raises(StaleObject, match="is now in Contacted"):
        pipeline.move_lead(lead=lead, stage=stage(LeadStatus.QUALIFIED), actor=rep, seen_version=seen)
    lead.refresh_from_db()
    assert lead.stage.name == "Contacted"


def test_an_edit_of_facts_does_not_disturb_a_move(lead, stage, rep, admin):
    seen = lead.version
    capture.update_lead(lead=lead, actor=admin, city="Pune")
    new = stage(LeadStatus.NEW).pk
    pipeline.move_lead(lead=lead, stage=stage(LeadStatus.QUALIFIED), actor=rep, seen_version=seen, seen_stage=new)
    with pytest.raises(StaleObject):
        pipeline.move_lead(lead=lead, stage=stage(LeadStatus.PROPOSAL), actor=rep, seen_stage=new)


def test_a_deleted_lead_is_not_moved(lead, stage, rep, admin):
    capture.trash_lead(lead=lead, actor=admin)
    with pytest.raises(StaleObject, match="deleted"):
        pipeline.move_lead(lead=lead, stage=stage(LeadStatus.CONTACTED), actor=rep)


def test_undo_restores_stage_place_value_reason_and_dates(organization, lead, stage, rep):
    LeadFactory(organization=organization)
    before = Lead.objects.values(*pipeline.MEMORY, "stage_id", "status").get(pk=lead.pk)
    pipeline.move_lead(lead=lead, stage=stage(LeadStatus.CLOSED_WON), actor=rep, won_value=Decimal(10))
    pipeline.undo_move(lead=lead, move_id=pipeline.last_move(lead).pk, actor=rep)
    assert Lead.objects.values(*pipeline.MEMORY, "stage_id", "status").get(pk=lead.pk) == before


def test_undo_gives_a_won_lead_its_value_back(lead, stage, rep):
    pipeline.move_lead(lead=lead, stage=stage(LeadStatus.CLOSED_WON), actor=rep, won_value=Decimal(10))
    won = Lead.objects.values(*pipeline.MEMORY, "stage_id").get(pk=lead.pk)
    pipeline.move_lead(lead=lead, stage=stage(LeadStatus.CONTACTED), actor=rep)
    pipeline.undo_move(lead=lead, move_id=pipeline.last_move(lead).pk, actor=rep)
    assert Lead.objects.values(*pipeline.MEMORY, "stage_id").get(pk=lead.pk) == won


def test_undo_twice_is_undo_once(lead, stage, rep):
    pipeline.move_lead(lead=lead, stage=stage(LeadStatus.CONTACTED), actor=rep)
    move = pipeline.last_move(lead).pk
    first = pipeline.undo_move(lead=lead, move_id=move, actor=rep)
    second = pipeline.undo_move(lead=lead, move_id=move, actor=rep)
    assert (second.stage.name, second.version) == ("New", first.version)
    assert JourneyEvent.objects.filter(lead=lead, event_type="status_updated").count() == 2


def test_a_move_that_was_followed_by_another_cannot_be_undone(lead, stage, rep, admin):
    pipeline.move_lead(lead=lead, stage=stage(LeadStatus.CONTACTED), actor=rep)
    move = pipeline.last_move(lead).pk
    pipeline.move_lead(lead=lead, stage=stage(LeadStatus.QUALIFIED), actor=admin)
    with pytest.raises(StaleObject, match="moved again"):
        pipeline.undo_move(lead=lead, move_id=move, actor=rep)
    lead.refresh_from_db()
    assert lead.stage.name == "Qualified"


def test_a_move_of_another_lead_cannot_be_undone_through_this_one(organization, lead, stage, rep):
    other = LeadFactory(organization=organization)
    pipeline.move_lead(lead=other, stage=stage(LeadStatus.CONTACTED), actor=rep)
    with pytest.raises(StaleObject):
        pipeline.undo_move(lead=lead, move_id=pipeline.last_move(other).pk, actor=rep)


def test_a_stage_that_stands_for_a_status_is_looked_for_in_the_own_pipeline_first(organization, scope):
    from leads.models import Pipeline, PipelineStage

    partners = Pipeline.objects.create(organization=organization, name="Partners", position=1)
    theirs = PipelineStage.objects.create(
        organization=organization, pipeline=partners, name="Good", status=LeadStatus.QUALIFIED
    )
    assert pipeline.stage_for_status(LeadStatus.QUALIFIED).name == "Qualified"
    assert pipeline.stage_for_status(LeadStatus.QUALIFIED, pipeline_id=partners.pk) == theirs
    assert pipeline.stage_for_status(LeadStatus.PROPOSAL, pipeline_id=partners.pk).name == "Proposal"
