"""Export leads: a row asks for it, the worker writes the file, and only the person who asked can fetch it."""

from __future__ import annotations

import contextlib
import errno
import logging
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from leadcrm.audit import services as audit
from leadcrm.core import live, tenancy
from leadcrm.core.errors import DomainError
from leads.choices import JobState
from leads.events import LeadEvent
from leads.exporting import columns as catalogue
from leads.exporting.files import TooManyRows, open_file
from leads.models import CustomField, LeadExport, LeadTag
from leads.permissions import LeadPermission
from leads.querysets import LeadQuerySet
from leads.services import jobs

if TYPE_CHECKING:
    from leadcrm.accounts.models import User

logger = logging.getLogger(__name__)

TASK = "leads.run_export"
CHUNK = 2_000
KEPT = timedelta(days=7)
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


def custom_labels() -> dict[str, str]:
    """Return the custom fields of the organisation, key → label."""
    return dict(CustomField.objects.filter(is_active=True).values_list("key", "label"))


@transaction.atomic
def request_export(*, query: str, columns: Sequence[str], format: str, actor: User) -> LeadExport:
    """Ask for the leads that ``query``, the query string of the list, shows.

    Raises: DomainError for an unknown format or a query too long to keep.
    Side effects: audit entry; the worker is told after commit.
    """
    if format not in LeadExport.Format.values:
        raise DomainError("Choose CSV or Excel.", field="format")
    if len(query) > 8_000:
        raise DomainError("These filters are too long to keep. Remove some of them.", field="query")
    export = LeadExport.objects.create(
        requested_by=actor,
        query=query.replace("\x00", ""),
        columns=[column.name for column in catalogue.chosen(columns, custom_labels())],
        format=format,
    )
    audit.record(
        LeadEvent.EXPORT_REQUESTED, export, actor=actor, metadata={"query": export.query, "format": export.format}
    )
    jobs.ring(TASK, export)
    return export


# (query string of the list, person) → the leads it shows to that person. Filters stand above services, so they
# register here what they do.
Selection = Callable[[str, "User"], LeadQuerySet]
_selections: list[Selection] = []


def register_selection(selection: Selection) -> None:
    """Say how a query string becomes leads; the last one registered counts."""
    _selections.append(selection)


def run(organization_id: str, pk: str) -> None:
    """Write the file of a due export; anything half-written is removed when it fails or is cancelled."""
    with tenancy.organization_scope(organization_id):
        export = jobs.claim(LeadExport, pk)
    if export is None:
        return
    path = _folder(export) / f"{export.pk}.{uuid.uuid4().hex[:6]}.{export.format}"
    try:
        rows = _write(export, path)
    except jobs.LeaseLost:
        path.unlink(missing_ok=True)
    except jobs.Cancelled:
        path.unlink(missing_ok=True)
        _end(export, JobState.CANCELLED)
    except Exception as problem:  # noqa: BLE001 — whatever it was, the job must end and the person must be told
        path.unlink(missing_ok=True)
        _end(export, JobState.FAILED, error=_words(problem))
    else:
        _done(export, path, rows)


def _write(export: LeadExport, path: Path) -> int:
    with _scope(export):
        user = export.requested_by
        if user is None or not user.is_active or not user.has_right(LeadPermission.EXPORT):
            raise DomainError("The person who asked for this export may not export any more.")
        zone = export.organization.tzinfo
        writer = catalogue.RowWriter(catalogue.chosen(export.columns, custom_labels()), zone)
    written = 0
    with open_file(path, writer.headers, is_workbook=export.format == LeadExport.Format.XLSX) as file:
        for rows, tags in _chunks(export, user, writer):
            file.add(writer.cells(row, tags) for row in rows)
            written += len(rows)
            with _scope(export):
                jobs.renew(export, progress_done=written).save()
                live.announce("job", id=export.pk, owner=user.pk)
    return written


def _chunks(
    export: LeadExport, user: User, writer: catalogue.RowWriter
) -> Iterator[tuple[list[Any], dict[uuid.UUID, list[str]]]]:
    """Read by creation date and id, which never change: no lead comes twice, and memory stays flat."""
    last: tuple[Any, Any] | None = None
    while True:
        with _scope(export), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '120s'")
            leads = _selections[-1](export.query, user).order_by("-created_at", "-id")
            if last is not None:
                leads = leads.filter(Q(created_at__lt=last[0]) | Q(created_at=last[0], id__lt=last[1]))
                leads = leads.filter(created_at__lte=last[0])  # the range that an index can begin at
            rows = list(leads.values_list(*writer.fields)[:CHUNK])
            tags = _tags_of([row[0] for row in rows]) if writer.tags_at is not None else {}
        if rows:
            yield rows, tags
            last = (rows[-1][1], rows[-1][0])
        if len(rows) < CHUNK:
            return


def _tags_of(ids: list[uuid.UUID]) -> dict[uuid.UUID, list[str]]:
    links = LeadTag.objects.filter(lead_id__in=ids).values("lead_id").annotate(names=ArrayAgg("tag__name"))
    return {link["lead_id"]: sorted(link["names"]) for link in links}


def _scope(export: LeadExport) -> AbstractContextManager[tenancy.Scope]:
    return tenancy.organization_scope(str(export.organization_id))


def _folder(export: LeadExport) -> Path:
    folder = Path(settings.MEDIA_ROOT) / "exports" / str(export.organization_id)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _words(problem: Exception) -> str:
    """Return what the person is told; anything unexpected goes to the log in full."""
    if isinstance(problem, DomainError):
        return problem.message
    if isinstance(problem, TooManyRows):
        return "An Excel sheet holds 1,048,575 leads at most. Export as CSV, or filter first."
    if isinstance(problem, OSError) and problem.errno in FULL:
        return "There is no room left on the server's disk. Nothing was written; tell your administrator."
    logger.exception("An export failed.", exc_info=problem)
    return "The export failed for a reason we did not foresee; it is in the server's log. Try again."


def _end(export: LeadExport, state: JobState, *, error: str = "") -> None:
    with _scope(export):
        jobs.finish(export, state, error=error)
        live.announce("job", id=export.pk, owner=export.requested_by_id)


def _done(export: LeadExport, path: Path, rows: int) -> None:
    with _scope(export), transaction.atomic():
        finished = jobs.finish(export, JobState.DONE)
        if finished is None:
            path.unlink(missing_ok=True)
            return
        finished.stored_file = str(path.relative_to(settings.MEDIA_ROOT))
        finished.byte_size, finished.row_count = path.stat().st_size, rows
        finished.progress_done = finished.progress_total = rows
        finished.expires_at = timezone.now() + KEPT
        finished.save()
        live.announce("job", id=export.pk, owner=export.requested_by_id)


def file_of(export: LeadExport) -> Path | None:
    """Return the file of a finished export, or None when it is not there (any more)."""
    if export.state != JobState.DONE or not export.stored_file:
        return None
    path = Path(settings.MEDIA_ROOT) / export.stored_file
    return path if path.is_file() else None


def record_download(*, export: LeadExport, actor: User) -> None:
    """Write down that somebody took the data out."""
    audit.record(LeadEvent.EXPORT_DOWNLOADED, export, actor=actor, metadata={"rows": export.row_count})


def clear_old() -> int:
    """Delete the files of expired exports, in every organisation; return how many."""
    with tenancy.staff_scope():
        expired = LeadExport.objects.filter(expires_at__lt=timezone.now()).exclude(stored_file="")
        names = dict(expired.values_list("pk", "stored_file")[:1000])
        for name in names.values():
            with contextlib.suppress(OSError):
                (Path(settings.MEDIA_ROOT) / name).unlink()
        LeadExport.objects.filter(pk__in=names).update(stored_file="")
    return len(names)
