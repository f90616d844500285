"""One page of a list as ``components/pager.html`` shows it, from the cursors of ``leadcrm.core.paging``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import QueryDict

from leadcrm.core.paging import BadCursor, Cursor, Order, read_cursor, slice_of


@dataclass(frozen=True)
class Page:
    """The rows, and the query strings of the neighbours (empty where there is none)."""

    rows: list[Any]
    previous_query: str
    next_query: str
    summary: str

    @property
    def has_previous(self) -> bool:
        return bool(self.previous_query)

    @property
    def has_next(self) -> bool:
        return bool(self.next_query)


def page_of(queryset: QuerySet[Any], params: QueryDict, *, order: Order, size: int = 50) -> Page:
    """Return the page that ``after`` or ``before`` asks for; a cursor that cannot be read is the first page's."""
    after, before = _cursor("after", queryset, params, order), _cursor("before", queryset, params, order)
    found = slice_of(queryset, order, size=size, after=after, before=None if after else before)
    return Page(
        rows=found.rows,
        previous_query=_query(params, "before", found.before),
        next_query=_query(params, "after", found.after),
        summary=f"{found.start}–{found.end}" if found.rows else "",
    )


def _cursor(name: str, queryset: QuerySet[Any], params: QueryDict, order: Order) -> Cursor | None:
    text = params.get(name, "")
    if not text:
        return None
    try:
        return read_cursor(text, order=order, model=queryset.model)
    except BadCursor:
        return None


def _query(params: QueryDict, name: str, cursor: str) -> str:
    if not cursor:
        return ""
    kept = [
        (key, value) for key, values in params.lists() if key not in ("after", "before") for value in values if value
    ]
    return "?" + urlencode([*kept, (name, cursor)])
