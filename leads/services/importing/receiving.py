"""Take an upload off the wire and straight to its place on the disk, with a limit and without a second copy."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile

from leadcrm.core.errors import DomainError
from leads.choices import JobState
from leads.models import LeadBatch
from leads.services.importing import files, shapes

if TYPE_CHECKING:
    from leadcrm.accounts.models import User

# What is left over for the rest of the installation, PostgreSQL above all.
RESERVE_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class StoredUpload:
    """A file that has arrived whole."""

    path: Path
    name: str
    size: int


class UploadToDisk(FileUploadHandler):
    """Writes the pieces of one file where it will stay.

    A file beyond the limit, or a full disk, ends the writing but not the reading: the browser has to be listened to
    until the end, or it would show a broken connection instead of the reason, which waits in ``refusal``.
    """

    chunk_size = 1024 * 1024

    def __init__(self, organization_id: uuid.UUID, request: Any = None) -> None:
        super().__init__(request)
        self._organization_id = organization_id
        self._file: IO[bytes] | None = None
        self._path: Path | None = None
        self.stored: StoredUpload | None = None
        self.refusal: DomainError | None = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if self.stored is not None:
            raise SkipFile
        try:
            with files.full_disk_is_a_sentence():
                folder = files.folder_of(self._organization_id)
                self._path = folder / f"{uuid.uuid4().hex}.upload"
                self._file = self._path.open("xb")
        except DomainError as refusal:
            self._refuse(refusal)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self._file is None:
            return
        if start + len(raw_data) > limit():
            self._refuse(DomainError(f"The file is larger than {in_words(limit())}.", code="too_large", field="file"))
            return
        try:
            with files.full_disk_is_a_sentence():
                if start % (64 * self.chunk_size) == 0 and files.free_bytes() < RESERVE_BYTES:
                    raise files.DiskFull("The server has no room left for this file. Nothing was stored.")
                self._file.write(raw_data)
        except DomainError as refusal:
            self._refuse(refusal)

    def file_complete(self, file_size: int) -> UploadedFile[Any] | None:
        if self._file is None or self._path is None:
            return None
        try:
            with files.full_disk_is_a_sentence():
                self._file.close()
        except DomainError as refusal:
            self._refuse(refusal)
            return None
        self.stored = StoredUpload(self._path, clean_name(self.file_name or ""), file_size)
        # An empty stand-in: the form validates that a file came, and the bytes are where they belong.
        return UploadedFile(name=self.file_name, size=file_size, content_type=self.content_type)

    def upload_interrupted(self) -> None:
        self.discard()

    def discard(self) -> None:
        """Remove what was written."""
        if self._file is not None:
            self._file.close()
        if self._path is not None:
            self._path.unlink(missing_ok=True)
        self._file, self._path, self.stored = None, None, None

    def _refuse(self, refusal: DomainError) -> None:
        self.refusal = self.refusal or refusal
        self.discard()


def limit() -> int:
    """Return how large an upload may be."""
    return int(settings.IMPORT_MAX_BYTES)


def clean_name(name: str) -> str:
    """Return the last part of a file's name without signs that only hide."""
    bare = re.split(r"[\\/]", name)[-1]
    return "".join(sign for sign in bare if sign.isprintable()).strip()[:255] or "file"


def in_words(size: int) -> str:
    """Return a size as people write it."""
    if size >= 1 << 30:
        return f"{size / (1 << 30):.0f} GB"
    return f"{size / (1 << 20):.0f} MB" if size >= 1 << 20 else f"{max(1, size >> 10)} kB"


def create_batch(*, upload: StoredUpload, actor: User, name: str = "") -> LeadBatch:
    """Make an import of a stored file and look at it; a large workbook is opened by the worker.

    Raises: FileProblem when the file is no table, in which case it is removed again.
    """
    batch = LeadBatch(
        name=name.strip()[:255] or upload.name,
        source_file=upload.name,
        stored_file=files.relative(upload.path),
        byte_size=upload.size,
        requested_by=actor,
        state=JobState.DRAFT,
    )
    try:
        shapes.first_look(batch=batch)
    except BaseException:
        files.remove(batch.stored_file, batch.canonical_file)
        raise
    return batch
