"""What the worker does with an import: the phase decides, and every end is told in words."""

from __future__ import annotations

import logging
import uuid
from typing import Any

from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction

from leadcrm.audit import services as audit
from leadcrm.core import live, tenancy
from leadcrm.core.errors import DomainError
from leads.choices import JobState
from leads.events import LeadEvent
from leads.importing.drafts import RESERVED_CUSTOM_KEYS
from leads.importing.fields import TARGETS
from leads.models import CustomField, LeadBatch
from leads.services import jobs
from leads.services.importing import engine, files, shapes, states, undoing, words
from leads.services.importing.parsing import KEPT_LABELS
from leads.services.importing.states import Phase

logger = logging.getLogger(__name__)

# SQLSTATE classes: the server ran out of something, or the connection is gone.
_OUT_OF_SPACE = {"53100", "53200"}


def run(organization_id: uuid.UUID | str, pk: uuid.UUID | str) -> None:
    """Do what is due for an import; a no-op when another worker has it or nothing is due."""
    with tenancy.organization_scope(organization_id):
        job = jobs.claim(LeadBatch, pk)
    if job is None:
        return
    try:
        _dispatch(job)
    except jobs.LeaseLost:
        logger.warning("Import %s belongs to another worker now.", pk)
    except jobs.Cancelled:
        _finish(job, JobState.CANCELLED)
    except files.DiskFull as problem:
        _finish(job, JobState.FAILED, problem.message)
    except DomainError as problem:
        _finish(job, JobState.FAILED, problem.message)
    except (OperationalError, InterfaceError) as error:
        if getattr(error.__cause__, "sqlstate", None) not in _OUT_OF_SPACE:
            # The connection is gone or the server restarts: the lease runs out, and the sweep starts it again.
            connection.close()
            raise
        _finish(job, JobState.FAILED, "The database has no room left. Tell your administrator; then continue here.")
    except DatabaseError:
        logger.exception("Import %s failed.", pk)
        _finish(job, JobState.FAILED, "The database refused a step of this import. What was written before stays.")
    except Exception:
        logger.exception("Import %s failed.", pk)
        _finish(job, JobState.FAILED, "Something went wrong on our side. What was written before stays.")
    else:
        _finish(job, JobState.DONE)


def _dispatch(job: LeadBatch) -> None:
    if job.phase == Phase.READING:
        _read(job)
    elif job.phase == Phase.CHECK:
        engine.run(job, is_dry_run=True)
    elif job.phase == Phase.IMPORT:
        engine.run(job, is_dry_run=False)
    elif job.phase == Phase.UNDO:
        undoing.run(job)


def _read(job: LeadBatch) -> None:
    """Open a large workbook, keeping the lease while the other process works on it."""

    def heartbeat() -> None:
        with tenancy.organization_scope(states.organization_of(job)):
            jobs.renew(job).save(update_fields=["lease_until"])

    shapes.read_workbook(batch=job, heartbeat=heartbeat)
    with tenancy.organization_scope(states.organization_of(job)):
        current = jobs.renew(job)
        current.shape, current.canonical_file = job.shape, job.canonical_file
        current.save()


def _finish(job: LeadBatch, state: JobState, error: str = "") -> None:
    """Write down how it ended, and tell those who wait for it."""
    with tenancy.organization_scope(states.organization_of(job), actor_id=job.requested_by_id), transaction.atomic():
        batch = jobs.finish(job, state, error=error)
        if batch is None:
            return
        if batch.phase == Phase.READING:
            batch.phase = Phase.MAPPING if state == JobState.DONE else Phase.READING
            batch.state = JobState.DRAFT if state == JobState.DONE else state
        elif batch.phase == Phase.CHECK:
            unknown: dict[str, Any] = batch.report.get("unknown", {})
            batch.report = {**batch.report, "words": words.merge(batch.report.get("words", {}), unknown)}
        elif batch.phase == Phase.IMPORT:
            _tell_import(batch, state)
        elif batch.phase == Phase.UNDO:
            _tell_undo(batch, state)
        batch.save()
        live.announce("job", id=batch.pk)


def _tell_import(batch: LeadBatch, state: JobState) -> None:
    """Write the one entry of the audit log and the one event that an import makes."""
    _name_kept_fields(batch)
    counts = {name: getattr(batch, name) for name in states.COUNTERS}
    event = LeadEvent.IMPORT_CANCELLED if state == JobState.CANCELLED else LeadEvent.IMPORT_FINISHED
    facts = {**counts, "state": state.value, "file": batch.source_file, "rules": batch.import_settings["rules"]}
    audit.record(event, batch, actor=batch.requested_by, description=batch.name, metadata=facts)
    audit.announce(event, batch, actor=batch.requested_by, payload={**counts, "state": state.value})
    live.announce("board")
    if state == JobState.DONE:
        # Everything that may still be asked for is in the database now.
        stored, canonical = batch.stored_file, batch.canonical_file
        batch.stored_file = batch.canonical_file = ""
        transaction.on_commit(lambda: files.remove(stored, canonical))


def _tell_undo(batch: LeadBatch, state: JobState) -> None:
    found = batch.report.get("undo", {})
    audit.record(
        LeadEvent.IMPORT_UNDONE, batch, actor=batch.requested_by, description=batch.name,
        metadata={**found, "state": state.value},
    )  # fmt: skip
    audit.announce(LeadEvent.IMPORT_UNDONE, batch, actor=batch.requested_by, payload=found)
    live.announce("board")
    if state == JobState.DONE:
        batch.phase = Phase.UNDONE


def _name_kept_fields(batch: LeadBatch) -> None:
    """Give names to the custom fields in which rows kept what fits nowhere else."""
    labels = {**RESERVED_CUSTOM_KEYS, **KEPT_LABELS}
    kept = batch.report.get("kept", [])
    existing = set(CustomField.objects.filter(key__in=kept).values_list("key", flat=True))
    last = CustomField.objects.order_by("-position").values_list("position", flat=True).first() or 0
    CustomField.objects.bulk_create(
        [
            CustomField(
                organization_id=batch.organization_id, key=key, position=last + place, label=_label(key, labels)
            )
            for place, key in enumerate(kept, 1)
            if key not in existing and len(key) <= 60
        ],
        ignore_conflicts=True,
    )


def _label(key: str, labels: dict[str, str]) -> str:
    if key in labels:
        return labels[key]
    bare = key.removesuffix("_original")
    if bare != key:
        return f"{TARGETS[bare].label if bare in TARGETS else bare.replace('_', ' ')} as imported"[:120]
    return key.replace("_", " ").capitalize()[:120]
