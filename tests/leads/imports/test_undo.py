"""Taking an import back: what it made goes, what it changed returns, what people have done stays."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from leadcrm.audit.models import ActivityLog
from leads.choices import ActivityType, JobState, UndoState
from leads.models import Activity, JourneyEvent, Lead, LeadBatchChange, LeadNote, LeadScore, LeadTag, StageTotal
from leads.services import activities, assignment, capture, notes, pipeline, tagging
from leads.services.importing import runs, undoing
from leads.services.importing.runs import NotAllowed, WrongMoment
from leads.services.importing.states import Phase
from tests.at_once import act_while_others_hold
from tests.factories.leads import LeadFactory

FILE = "E-mail,Company,Phone,Tags,Next follow-up\n" + "".join(
    f"lead{number}@one.example,One {number},+49 30 90182{number},Fair,2027-01-0{number}\n" for number in range(1, 8)
)


def outcome(batch):
    return {key: batch.report["undo"][key] for key in ("removed", "kept", "restored", "not_restored")}


def test_what_the_import_made_is_gone_with_all_that_hangs_on_it(imports):
    batch = imports.run(FILE, follow_ups=True)
    undone = imports.undo(batch)

    assert (undone.phase, undone.state, undone.error) == (Phase.UNDONE, JobState.DONE, "")
    assert outcome(undone) == {"removed": 7, "kept": 0, "restored": 0, "not_restored": 0}
    with imports.scope():
        for model in (Lead, LeadScore, JourneyEvent, LeadTag, Activity):
            assert not model.objects.exists(), model
        assert sum(StageTotal.objects.values_list("lead_count", flat=True)) == 0
        entry = ActivityLog.objects.order_by("-created_at").first()
        assert (entry.action, entry.metadata["removed"]) == ("import.undone", 7)


def work(lead, actor):
    """Do with one lead each of the things that people do."""
    later = timezone.now() + timedelta(days=1)
    steps = {
        1: lambda: capture.update_lead(lead=lead, actor=actor, city="Kiel"),
        2: lambda: pipeline.move_lead(lead=lead, stage=_other_stage(lead), actor=actor, lost_reason="None"),
        3: lambda: notes.add_note(lead=lead, content="Called.", actor=actor),
        4: lambda: activities.plan_activity(lead=lead, type=ActivityType.CALL, actor=actor, scheduled_at=later),
        5: lambda: assignment.assign_lead(lead=lead, to=actor, actor=actor),
        6: lambda: tagging.set_tags(lead=lead, names=["Cold"], actor=actor),
        7: lambda: activities.complete_activity(activity=lead.activities.get(), actor=actor),
    }
    steps[int(lead.company[-1])]()


def _other_stage(lead):
    return type(lead.stage).objects.exclude(pk=lead.stage_id).filter(status="negotiation").get()


@pytest.mark.parametrize("number", range(1, 8))
def test_a_lead_that_somebody_has_worked_on_stays(imports, number):
    batch = imports.run(FILE)
    with imports.scope():
        work(Lead.objects.select_related("stage").get(company=f"One {number}"), imports.actor)
    undone = imports.undo(batch)

    assert outcome(undone) == {"removed": 6, "kept": 1, "restored": 0, "not_restored": 0}
    with imports.scope():
        assert Lead.objects.get().company == f"One {number}"


def test_the_kept_ones_can_be_removed_too_by_those_who_delete(imports):
    batch = imports.run(FILE)
    with imports.scope():
        notes.add_note(lead=Lead.objects.get(company="One 1"), content="Called.", actor=imports.actor)
    undone = imports.undo(imports.undo(batch), with_changed=True)

    assert outcome(undone)["removed"] == 1
    with imports.scope():
        assert not Lead.objects.exists()
        assert not LeadNote.objects.exists()


def test_those_who_cannot_delete_cannot_remove_what_people_worked_on(driver_of, marketer):
    theirs = driver_of(marketer)
    batch = theirs.run(FILE)
    with pytest.raises(NotAllowed):
        theirs.undo(batch, with_changed=True)
    assert outcome(theirs.undo(batch))["removed"] == 7


@pytest.fixture
def lead(imports):
    with imports.scope():
        return capture.create_lead(
            actor=imports.actor, email="a@one.example", city="Kiel", predicted_value_minor=100, quality_score=10,
            custom_fields={"colour": "red"}, google_rating=Decimal("4.50"), notes="Old",
        )  # fmt: skip


CHANGES = (
    "E-mail,City,Company,Status,Deal value,Close date,Colour,Google rating,Tags,Notes\n"
    "a@one.example,Bonn,One,Won,250,2024-05-01,blue,3.5,Fair,New\n"
)
CHANGED = ("city", "company", "status", "stage_id", "won_value_minor", "predicted_value_minor", "custom_fields",
           "google_rating", "notes", "score", "closed_at")  # fmt: skip


def test_what_was_overwritten_returns(imports, lead):
    before = {name: getattr(imports.fresh(lead), name) for name in CHANGED}
    batch = imports.run(CHANGES, on_duplicate="overwrite")
    changed = imports.fresh(lead)
    assert (changed.city, changed.status, changed.google_rating) == ("Bonn", "closed_won", Decimal("3.50"))
    undone = imports.undo(batch)

    assert outcome(undone) == {"removed": 0, "kept": 0, "restored": 1, "not_restored": 0}
    assert {name: getattr(imports.fresh(lead), name) for name in CHANGED} == before
    with imports.scope():
        assert LeadBatchChange.objects.get().undo == UndoState.RESTORED
        assert not LeadTag.objects.exists()
        newest = LeadScore.objects.filter(lead=lead).newest_first().first()
        assert newest.score == before["score"]
        event = JourneyEvent.objects.filter(lead=lead).newest_first().first()
        assert event.description == f"Import undone: {batch.name}"


def test_a_value_that_somebody_changed_since_stays(imports, lead):
    batch = imports.run(CHANGES, on_duplicate="overwrite")
    with imports.scope():
        capture.update_lead(lead=Lead.objects.get(), actor=imports.actor, city="Ulm")
    undone = imports.undo(batch)

    assert outcome(undone) == {"removed": 0, "kept": 0, "restored": 0, "not_restored": 1}
    now = imports.fresh(lead)
    assert (now.city, now.company, now.notes) == ("Ulm", "", "Old")
    with imports.scope():
        assert LeadBatchChange.objects.get().undo == UndoState.KEPT


def test_a_lead_that_somebody_moved_since_stays_where_it_is(imports, lead):
    batch = imports.run(CHANGES, on_duplicate="overwrite")
    with imports.scope():
        moved = Lead.objects.select_related("stage").get()
        pipeline.move_lead(lead=moved, stage=_other_stage(moved), actor=imports.actor)
    imports.undo(batch)

    now = imports.fresh(lead)
    assert (now.status, now.city) == ("negotiation", "Kiel")


def test_nothing_is_put_back_that_would_leave_a_lead_without_identity(imports):
    with imports.scope():
        lead = capture.create_lead(actor=imports.actor, email="a@one.example")
    batch = imports.run("E-mail,Phone\na@one.example,+49 30 901820\n", on_duplicate="fill")
    with imports.scope():
        capture.update_lead(lead=Lead.objects.get(), actor=imports.actor, email="")
    undone = imports.undo(batch)

    assert outcome(undone)["not_restored"] == 1
    assert imports.fresh(lead).phone == "+4930901820"


def test_a_stage_that_is_gone_is_not_put_back(imports, lead):
    batch = imports.run(CHANGES, on_duplicate="overwrite")
    with imports.scope():
        pipeline.first_stage().delete()
    undone = imports.undo(batch)

    assert outcome(undone)["not_restored"] == 1
    assert imports.fresh(lead).status == "closed_won"


def test_the_later_of_two_imports_protects_what_it_changed(imports):
    first = imports.run("E-mail,City\na@one.example,Kiel\nb@one.example,Kiel\n")
    imports.run("E-mail,City\na@one.example,Bonn\n", name="second.csv", on_duplicate="overwrite")
    undone = imports.undo(first)

    assert outcome(undone) == {"removed": 1, "kept": 1, "restored": 0, "not_restored": 0}


def test_leads_of_others_are_never_touched(imports):
    bystander = LeadFactory(organization=imports.organization, company="One 1")
    imports.undo(imports.run(FILE))

    assert imports.fresh(bystander).company == "One 1"


@pytest.mark.parametrize("size", [1, 3])
def test_it_works_through_many_chunks(imports, monkeypatch, size):
    monkeypatch.setattr("leads.services.importing.undoing.CHUNK", size)
    LeadFactory(organization=imports.organization, email="lead1@one.example", company="")
    batch = imports.run(FILE, on_duplicate="fill")
    undone = imports.undo(batch)

    assert outcome(undone) == {"removed": 6, "kept": 0, "restored": 1, "not_restored": 0}
    assert undone.progress_done == 7


def test_there_is_nothing_to_undo_before_an_import(imports):
    with pytest.raises(WrongMoment):
        imports.undo(imports.check(imports.choose(imports.upload(FILE))))


def test_leads_that_a_later_import_changed_can_be_removed_too(imports):
    first = imports.run(FILE)
    imports.run(FILE.replace("One 1", "Two 1"), on_duplicate="overwrite")
    undone = imports.undo(imports.undo(first), with_changed=True)

    assert (undone.state, undone.error) == (JobState.DONE, "")
    with imports.scope():
        assert not Lead.objects.exists()
        assert not LeadBatchChange.objects.exists()


def test_a_lead_deleted_while_the_undo_waits_for_it_does_not_end_the_undo(transactional_db, imports, monkeypatch):
    monkeypatch.setattr(undoing, "CHUNK", 1)
    batch = imports.run(FILE)
    with imports.scope():
        first = Lead.objects.order_by("pk")[0]
        runs.start_undo(batch=batch, actor=imports.actor)

    undone = act_while_others_hold(
        imports.organization.pk, lambda: undoing.delete_leads([first.pk]), lambda: imports.work(batch)
    )
    assert (undone.phase, undone.state, undone.error) == (Phase.UNDONE, JobState.DONE, "")
    with imports.scope():
        assert not Lead.objects.exists()


def test_a_changed_lead_deleted_while_the_undo_waits_for_it_does_not_stop_the_undo(transactional_db, imports):
    leads = [
        LeadFactory(organization=imports.organization, email=f"lead{n}@one.example", company="Old") for n in (1, 2)
    ]
    batch = imports.run(FILE, on_duplicate="overwrite")
    with imports.scope():
        assert {Lead.objects.get(pk=lead.pk).company for lead in leads} == {"One 1", "One 2"}
        runs.start_undo(batch=batch, actor=imports.actor)

    undone = act_while_others_hold(
        imports.organization.pk, lambda: undoing.delete_leads([leads[0].pk]), lambda: imports.work(batch)
    )
    assert (undone.state, undone.error) == (JobState.DONE, "")
    with imports.scope():
        assert Lead.objects.get().company == "Old"
