"""The audit log as CSV, read and written in chunks."""

from __future__ import annotations

import csv
import json
import re
import uuid
from collections.abc import Callable, Iterator
from io import StringIO

from django.db.models import QuerySet

from leadcrm.audit.models import ActivityLog
from leadcrm.core import tenancy
from leadcrm.core.paging import Order, read_cursor, slice_of

NEWEST_FIRST = Order("-created_at", "created_at")
CHUNK = 1000
MOST_ROWS = 100_000
HEADERS = ("when", "who", "action", "about", "id", "description", "changes", "details", "request")
# A cell that begins with one of these signs, in full width too and whatever blank or invisible signs stand before it,
# is a formula to some spreadsheet; so is one that begins with a line break or a tab.
FORMULA = re.compile(
    "[\t\r\n]|[\\s\x00-\x1f\x7f-\xa0\xad\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]*[=+@|\uff1d\uff0b\uff0d\uff20\u2212-]"
)


def safe(text: str) -> str:
    return f"'{text}" if FORMULA.match(text) else text


def lines(organization_id: uuid.UUID, entries: Callable[[], QuerySet[ActivityLog]]) -> Iterator[str]:
    """Yield the file line by line, newest entry first, at most ``MOST_ROWS`` of them.

    The answer is sent after the transaction of the request has ended, so each chunk opens its own scope.
    """
    yield _line(HEADERS)
    after, written = "", 0
    while written < MOST_ROWS:
        with tenancy.organization_scope(organization_id):
            cursor = read_cursor(after, order=NEWEST_FIRST, model=ActivityLog) if after else None
            chunk = slice_of(entries(), NEWEST_FIRST, size=CHUNK, after=cursor)
            block = [_line(_cells(entry)) for entry in chunk.rows]
        yield from block
        written += len(block)
        after = chunk.after
        if not after:
            return


def _cells(entry: ActivityLog) -> tuple[str, ...]:
    return (
        entry.created_at.isoformat(timespec="seconds"),
        entry.actor_name or "leadcrm",
        entry.action,
        entry.entity_type,
        str(entry.entity_id or ""),
        entry.description,
        json.dumps(entry.changes, ensure_ascii=False) if entry.changes else "",
        json.dumps(entry.metadata, ensure_ascii=False) if entry.metadata else "",
        entry.request_id,
    )


def _line(cells: tuple[str, ...]) -> str:
    buffer = StringIO()
    csv.writer(buffer).writerow([safe(cell) for cell in cells])
    return buffer.getvalue()
