"""Look at an uploaded file, and look again when somebody says that it must be read otherwise."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.db import transaction

from leads.choices import JobState
from leads.importing.keys import header_fingerprint
from leads.importing.layout import FileLayout, FileShape, LayoutChoice, Quoting
from leads.importing.problems import FileProblem
from leads.importing.reading import FileKind, detect_kind, preview
from leads.importing.values import storable
from leads.importing.workbook import CANONICAL_LAYOUT, Limits, convert_sheet, list_sheets
from leads.models import LeadBatch
from leads.services.importing import files, states

# A workbook up to this size is opened while its owner waits; unpacked it is some twenty times as large.
OPENED_AT_ONCE = 4 * 1024 * 1024
SAMPLE_CELL_CHARACTERS = 200
SAMPLE_CHARACTERS = 400_000


def first_look(*, batch: LeadBatch) -> LeadBatch:
    """Find out what was uploaded and save the import.

    Raises: FileProblem when it is no table.
    Side effects: a large workbook is left to the worker.
    """
    with files.open_table(batch) as file:
        kind = detect_kind(file)
    if kind is FileKind.WORKBOOK:
        sheets = list_sheets(files.path_of(batch.stored_file))
        visible = [sheet.name for sheet in sheets if sheet.is_visible] or [sheets[0].name]
        batch.shape = {
            "kind": "workbook",
            "sheets": [{"name": sheet.name, "is_visible": sheet.is_visible} for sheet in sheets],
            "sheet": visible[0],
            "choice": {},
        }
        return _open_workbook(batch)
    batch.shape = {"kind": "text", "choice": {}}
    _look(batch)
    batch.save()
    return batch


@transaction.atomic
def change_layout(*, batch: LeadBatch, choice: dict[str, Any], sheet: str = "") -> LeadBatch:
    """Read the file in another way; what was chosen for its columns is forgotten, because they may be others.

    ``choice`` has the keys of LayoutChoice; a key that is missing is left to the guess.

    Raises: FileProblem when the file cannot be read so.
    """
    batch.shape = {**batch.shape, "choice": choice}
    batch.import_settings, batch.report = {}, {}
    batch.phase, batch.state = LeadBatch.Phase.MAPPING, JobState.DRAFT
    if batch.shape["kind"] == "workbook" and sheet and sheet != batch.shape["sheet"]:
        if sheet not in {known["name"] for known in batch.shape["sheets"]}:
            raise FileProblem(f"The workbook has no sheet called “{sheet}”.", code="no_sheet")
        batch.shape = {**batch.shape, "sheet": sheet, "choice": {}}
        return _open_workbook(batch)
    _look(batch)
    batch.save()
    return batch


def _open_workbook(batch: LeadBatch) -> LeadBatch:
    """Turn the chosen sheet into CSV, now or in the worker."""
    old = batch.canonical_file
    batch.canonical_file = ""
    if batch.byte_size <= OPENED_AT_ONCE:
        read_workbook(batch=batch, limits=Limits(seconds=20))
        batch.save()
    else:
        states.queue(batch, LeadBatch.Phase.READING)
    # Only after the new sheet could be read: a failure leaves the old one in use.
    files.remove(old)
    return batch


def read_workbook(
    *, batch: LeadBatch, limits: Limits | None = None, heartbeat: Callable[[], None] | None = None
) -> LeadBatch:
    """Write the chosen sheet as CSV and look at it; the caller saves.

    Raises: FileProblem, DiskFull.
    """
    source = files.path_of(batch.stored_file)
    if not source.exists():
        raise FileProblem("The uploaded file is no longer on the server. Upload it again.", code="file_gone")
    target = source.with_suffix(f".{uuid.uuid4().hex[:8]}.csv")
    with files.full_disk_is_a_sentence():
        convert_sheet(source, batch.shape["sheet"], target, limits=limits, heartbeat=heartbeat)
    batch.canonical_file = files.relative(target)
    try:
        _look(batch)
    except BaseException:
        files.remove(batch.canonical_file)
        raise
    return batch


def _look(batch: LeadBatch) -> None:
    chosen: dict[str, Any] = dict(batch.shape.get("choice") or {})
    if "quoting" in chosen:
        chosen["quoting"] = Quoting(chosen["quoting"])
    choice = LayoutChoice(**chosen)
    if batch.shape["kind"] == "workbook":
        choice = replace(CANONICAL_LAYOUT, header_row=choice.header_row)
    with files.open_table(batch) as file:
        shape = preview(file, choice=choice)
    batch.shape = {
        **batch.shape,
        "layout": shape.layout.as_json(),
        "headers": list(shape.headers),
        "fingerprint": header_fingerprint(shape.headers),
        "sample": _sample(shape),
        "row_estimate": shape.row_estimate,
        "notices": [{"code": notice.code, "message": notice.message} for notice in shape.warnings],
    }


def _sample(shape: FileShape) -> list[list[str]]:
    """Return as many sample rows as can be kept with the import without becoming a burden."""
    rows, held = [], 0
    for row in shape.sample_rows:
        cells = [storable(cell[:SAMPLE_CELL_CHARACTERS]) for cell in row]
        held += sum(map(len, cells))
        if held > SAMPLE_CHARACTERS:
            break
        rows.append(cells)
    return rows


def layout_of(batch: LeadBatch) -> FileLayout:
    """Return how the file is to be split into rows."""
    return FileLayout.from_json(batch.shape["layout"])
