"""The refused rows as a file: as they came, with the reasons beside them."""

from __future__ import annotations

import csv
import io
import re
import uuid
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

from leadcrm.core import tenancy
from leads.exporting.cells import safe_cell
from leads.models import LeadBatch, LeadBatchRow
from leads.services.importing.states import organization_of

PIECE = 1_000
# An import leaves these columns out when the corrected file comes back.
ROW_HEADER, REASON_HEADER = "Row in the file", "Why it was refused"


def lines(batch: LeadBatch) -> Iterator[bytes]:
    """Yield the file piece by piece, each read in a scope of its own: the request's is over by then."""
    organization_id, pk, headers = organization_of(batch), batch.pk, batch.shape.get("headers", [])
    # Spreadsheet programs take a file for UTF-8 only with this mark.
    yield "\ufeff".encode()
    yield _encoded([[*headers, ROW_HEADER, REASON_HEADER]])
    last = -1
    while rows := _piece(organization_id, pk, last):
        last = rows[-1][0]
        yield _encoded(
            [*_fitted(cells, len(headers)), number, reason_in_words(problems)] for number, cells, problems in rows
        )


def _piece(organization_id: uuid.UUID, pk: uuid.UUID, last: int) -> list[tuple[int, list[str], list[Any]]]:
    with tenancy.organization_scope(organization_id):
        rows = LeadBatchRow.objects.filter(batch_id=pk, row_number__gt=last).of_run(is_dry_run=False).refused()
        return list(rows.in_order().values_list("row_number", "cells", "problems")[:PIECE])


def _fitted(cells: list[str], width: int) -> list[str]:
    return [*cells[:width], *[""] * (width - len(cells))]


def reason_in_words(problems: Iterable[dict[str, Any]]) -> str:
    """Return what is wrong with a row: the column, then the complaint."""
    return " ".join(
        f"{problem['header']}: {problem['message']}" if problem.get("header") else problem["message"]
        for problem in problems
        if problem.get("severity") != "warning"
    )


def _encoded(rows: Iterable[list[Any]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([safe_cell(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8")


def disposition(batch: LeadBatch) -> str:
    """Return the header that names the download after the uploaded file."""
    stem = re.sub(r"\.\w{1,5}$", "", batch.source_file) or "rows"
    plain = re.sub(r"[^A-Za-z0-9 ._-]+", "_", stem)[:80]
    return f"attachment; filename=\"{plain} - refused.csv\"; filename*=UTF-8''{quote(stem[:80] + ' - refused.csv')}"
