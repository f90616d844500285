"""Start, stop and clear away imports: what a person does on the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from leadcrm.core.errors import DomainError, NotAllowed
from leads.choices import JobState
from leads.models import LeadBatch, LeadBatchRow
from leads.permissions import LeadPermission
from leads.services import jobs
from leads.services.importing import files, mappings, states
from leads.services.importing.states import Phase

if TYPE_CHECKING:
    from leadcrm.accounts.models import User


class WrongMoment(DomainError):
    """The import is in a phase in which this cannot be done."""

    code = "wrong_moment"


def _locked(batch: LeadBatch) -> LeadBatch:
    found: LeadBatch = LeadBatch.objects.select_for_update().get(pk=batch.pk)
    return found


@transaction.atomic
def start_check(*, batch: LeadBatch, actor: User) -> LeadBatch:
    """Try the whole file without writing a lead. A second click on a check that waits or runs changes nothing.

    Raises: WrongMoment.
    """
    batch = _locked(batch)
    if batch.is_unfinished and batch.phase == Phase.CHECK:
        return batch
    _need(not batch.is_unfinished, "Something else is going on with this import. Wait for it or stop it.")
    _need(batch.phase in {Phase.MAPPING, Phase.CHECK}, "This import has been carried out already.")
    _need(
        "rules" in batch.import_settings and "columns" in batch.import_settings, "Choose the columns and rules first."
    )
    batch.requested_by = actor
    batch.started_at = None
    batch.progress_done, batch.next_row = 0, 0
    batch.progress_total = batch.shape.get("row_estimate")
    mappings.remember(batch)
    states.queue(batch, Phase.CHECK)
    return batch


@transaction.atomic
def start_import(*, batch: LeadBatch, actor: User) -> LeadBatch:
    """Import what the dry run has tried, or go on with an import that was stopped or has failed.

    A second click changes nothing.

    Raises: WrongMoment.
    """
    batch = _locked(batch)
    if batch.is_unfinished and batch.phase == Phase.IMPORT:
        return batch
    _need(not batch.is_unfinished, "Something else is going on with this import. Wait for it or stop it.")
    if batch.phase == Phase.IMPORT:
        _need(batch.state in {JobState.FAILED, JobState.CANCELLED}, "This import has been carried out already.")
        states.queue(batch, Phase.IMPORT)
        return batch
    _need(batch.phase == Phase.CHECK and batch.state == JobState.DONE, "Let the dry run finish first.")
    batch.requested_by = actor
    batch.report = {
        "check": {name: getattr(batch, name) for name in states.COUNTERS}
        | {"details": batch.report.get("details", {})},
        "words": batch.report.get("words", {}),
    }
    for name in states.COUNTERS:
        setattr(batch, name, 0)
    batch.started_at = None
    batch.progress_done, batch.next_row = 0, 0
    batch.progress_total = batch.report["check"]["total_leads"]
    mappings.create_custom_fields(batch)
    states.queue(batch, Phase.IMPORT)
    return batch


@transaction.atomic
def start_undo(*, batch: LeadBatch, actor: User, with_changed: bool = False) -> LeadBatch:
    """Take an import back: remove what it made, restore what it changed.

    Leads that somebody has worked on since stay, unless ``with_changed``, which takes the right to delete leads.

    Raises: WrongMoment, NotAllowed.
    """
    batch = _locked(batch)
    if batch.is_unfinished and batch.phase == Phase.UNDO:
        return batch
    _need(not batch.is_unfinished, "Stop the import first, or wait until it is done.")
    _need(batch.phase in {Phase.IMPORT, Phase.UNDO, Phase.UNDONE}, "There is nothing to undo yet.")
    if with_changed and not actor.has_right(LeadPermission.DELETE):
        raise NotAllowed("Your role cannot delete leads that somebody has worked on.")
    batch.requested_by = actor
    batch.started_at = None
    batch.progress_done, batch.progress_total = 0, batch.successful_imports + batch.updated_leads
    batch.report = {**batch.report, "undo": {"with_changed": with_changed}}
    states.queue(batch, Phase.UNDO)
    return batch


@transaction.atomic
def stop(*, batch: LeadBatch, actor: User) -> LeadBatch:
    """Ask a running import to stop; what is committed stays. One that waits stops at once."""
    stopped: LeadBatch = jobs.request_cancel(batch, actor=actor)
    return stopped


@transaction.atomic
def discard(*, batch: LeadBatch) -> None:
    """Throw away an import that has brought no lead yet, with its file.

    Raises: WrongMoment.
    """
    batch = _locked(batch)
    _need(not batch.is_unfinished, "Stop the import first.")
    _need(batch.phase in {Phase.READING, Phase.MAPPING, Phase.CHECK}, "An import that was carried out stays listed.")
    LeadBatchRow.objects.filter(batch=batch).delete()
    stored, canonical = batch.stored_file, batch.canonical_file
    batch.delete()
    transaction.on_commit(lambda: files.remove(stored, canonical))


def _need(is_right: bool, message: str) -> None:
    if not is_right:
        raise WrongMoment(message)
