"""Claim, renew, cancel and finish the rows that the worker works on.

Rows are the truth: a job is claimed with a lease under SKIP LOCKED, every chunk renews the lease in its own
transaction, and the sweep finds what no message announced and what a dead worker left behind.
"""

from __future__ import annotations

import logging
import os
import socket
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from celery import current_app
from django.db import transaction
from django.utils import timezone

from leadcrm.audit import services as audit
from leadcrm.core import tenancy
from leads.choices import JobState
from leads.events import LeadEvent
from leads.models.job import LEASE, Job

if TYPE_CHECKING:
    from leadcrm.accounts.models import User

logger = logging.getLogger(__name__)

J = TypeVar("J", bound=Job)

MOST_ATTEMPTS = 5


class LeaseLost(Exception):
    """Another worker owns the job now; whoever gets this stops without writing anything."""


class Cancelled(Exception):
    """Somebody asked to cancel; what is committed stays."""


def worker_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"[:100]


def ring(task: str, job: Job) -> None:
    """Tell the worker after the commit; a lost message costs ten seconds, because the sweep looks too."""
    organization_id, pk = str(job.organization_id), str(job.pk)
    transaction.on_commit(lambda: _send(task, organization_id, pk), robust=True)


def _send(task: str, organization_id: str, pk: str) -> None:
    try:
        current_app.send_task(task, args=[organization_id, pk])
    except OSError:
        logger.warning("The broker is out of reach; the sweep will start %s %s.", task, pk)


def claim(model: type[J], pk: uuid.UUID | str) -> J | None:
    """Take a due job for this worker, or return None when it is not due, gone, or somebody else's.

    Call it in an organisation scope. A job that has died five times is marked as failed.
    """
    now = timezone.now()
    with transaction.atomic():
        job = model.objects.due(now).select_for_update(skip_locked=True).filter(pk=pk).first()  # type: ignore[attr-defined]
        if job is None:
            return None
        if job.attempts >= MOST_ATTEMPTS:
            job.state, job.completed_at = JobState.FAILED, now
            job.error = job.error or "The worker stopped five times while working on this."
            job.save()
            return None
        job.state, job.worker, job.lease_until = (
            JobState.RUNNING,
            worker_name() + f":{uuid.uuid4().hex[:6]}",
            now + LEASE,
        )
        job.attempts += 1
        job.started_at = job.started_at or now
        job.save()
        return job  # type: ignore[no-any-return]


def renew(job: J, *, progress_done: int | None = None) -> J:
    """Lock the job's row in the running transaction, check that it is still ours, and prolong the lease.

    Raises: LeaseLost, Cancelled.
    """
    current = type(job).objects.select_for_update().get(pk=job.pk)  # type: ignore[attr-defined]
    if current.state != JobState.RUNNING or current.worker != job.worker:
        raise LeaseLost(str(job.pk))
    if current.cancel_requested_at is not None:
        raise Cancelled
    current.lease_until = timezone.now() + LEASE
    if progress_done is not None:
        current.progress_done = progress_done
    return current  # type: ignore[no-any-return]


def finish(job: J, state: JobState, *, error: str = "") -> J | None:
    """End a job, unless it belongs to another worker by now. Call it in an organisation scope."""
    with transaction.atomic():
        current = type(job).objects.select_for_update().get(pk=job.pk)  # type: ignore[attr-defined]
        if current.state != JobState.RUNNING or current.worker != job.worker:
            return None
        current.state, current.error, current.lease_until = state, error, None
        current.completed_at = timezone.now()
        current.save()
        return current  # type: ignore[no-any-return]


@transaction.atomic
def request_cancel(job: J, *, actor: User) -> J:
    """Ask a running job to stop, or take a waiting one off the queue; a finished one is left as it is."""
    current = type(job).objects.select_for_update().get(pk=job.pk)  # type: ignore[attr-defined]
    if current.is_unfinished:
        if current.state == JobState.QUEUED:
            current.state, current.completed_at = JobState.CANCELLED, timezone.now()
        current.cancel_requested_at = timezone.now()
        current.save()
        audit.record(LeadEvent.JOB_CANCELLED, current, actor=actor)
    return current  # type: ignore[no-any-return]


def sweep(model: type[J], task: str, run: Callable[[str, str, str], None] | None = None) -> int:
    """Ring for every due job of every organisation; return how many there were."""
    with tenancy.staff_scope():
        due = list(model.objects.due(timezone.now()).values_list("organization_id", "pk")[:100])  # type: ignore[attr-defined]
    for organization_id, pk in due:
        (run or _send)(task, str(organization_id), str(pk))
    return len(due)
