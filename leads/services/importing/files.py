"""Where uploaded tables are kept, and what may go wrong on the disk."""

from __future__ import annotations

import contextlib
import errno
import os
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.utils import timezone

from leadcrm.core import tenancy
from leadcrm.core.errors import DomainError
from leads.choices import JobState
from leads.importing.problems import FileProblem
from leads.models import LeadBatch

# How long a file is kept that might be asked for again: to go on with an import that was stopped, to finish a draft.
FILES_KEPT, DRAFTS_KEPT, UPLOADS_KEPT = timedelta(days=30), timedelta(days=14), timedelta(days=1)
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class DiskFull(DomainError):
    """There is no room for the file."""

    code = "disk_full"


def folder_of(organization_id: uuid.UUID) -> Path:
    """Return the folder of an organisation's uploads, which only the application's user can read."""
    folder = Path(settings.MEDIA_ROOT) / "imports" / str(organization_id)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def path_of(name: str) -> Path:
    """Return where a stored file is; ``name`` is relative to the media folder."""
    return Path(settings.MEDIA_ROOT) / name


def relative(path: Path) -> str:
    """Return the name under which a batch remembers a file."""
    return str(path.relative_to(settings.MEDIA_ROOT))


@contextlib.contextmanager
def open_table(batch: LeadBatch) -> Iterator[BinaryIO]:
    """Open the text that is to be read: the upload itself, or the CSV that its sheet became.

    Raises: FileProblem when the file is no longer there.
    """
    try:
        file = path_of(batch.canonical_file or batch.stored_file).open("rb")
    except OSError:
        raise FileProblem(
            "The uploaded file is no longer on the server. Upload it again; what was imported before stays.",
            code="file_gone",
        ) from None
    with file:
        yield file


def remove(*names: str) -> None:
    """Delete stored files; those that are gone already are no problem."""
    for name in names:
        if name:
            with contextlib.suppress(OSError):
                path_of(name).unlink(missing_ok=True)


@contextlib.contextmanager
def full_disk_is_a_sentence() -> Iterator[None]:
    """Turn the system's error of a full disk into one for people.

    Raises: DiskFull.
    """
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise DiskFull(
                "The server has no room left for this file. Nothing was stored; tell your administrator."
            ) from error
        raise


def free_bytes() -> int:
    """Return how much room is left where uploads go."""
    root = Path(settings.MEDIA_ROOT)
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    status = os.statvfs(root)
    return status.f_bavail * status.f_frsize


def clear_old() -> int:
    """Delete files that no import will read again, and drafts that nobody went on with; return how many files.

    Every organisation is looked at in its own scope, so that one of them cannot stop the others.
    """
    removed = 0
    now = timezone.now()
    root = Path(settings.MEDIA_ROOT) / "imports"
    for folder in root.iterdir() if root.exists() else ():
        with tenancy.organization_scope(folder.name):
            LeadBatch.objects.filter(state=JobState.DRAFT, updated_at__lt=now - DRAFTS_KEPT).delete()
            ended = LeadBatch.objects.exclude(state__in=[JobState.QUEUED, JobState.RUNNING, JobState.DRAFT])
            ended.filter(updated_at__lt=now - FILES_KEPT).exclude(stored_file="").update(
                stored_file="", canonical_file=""
            )
            needed = {path_of(name) for pair in LeadBatch.objects.values_list("stored_file", "canonical_file")
                      for name in pair if name}  # fmt: skip
        for path in folder.iterdir():
            # A young file may belong to an upload that is still under way.
            if path not in needed and path.stat().st_mtime < (now - UPLOADS_KEPT).timestamp():
                path.unlink(missing_ok=True)
                removed += 1
    return removed
