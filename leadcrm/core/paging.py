"""Keyset paging: the next page starts after a row, not after a number of rows, so page 1,000 costs what page 1 does.

A cursor carries the values of the row it stands for, never a reference to it, so it survives the deletion
of that row and whatever is inserted meanwhile.
"""

from __future__ import annotations

import base64
import binascii
import json
import uuid
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import BooleanField, F, Func, Model, Q, QuerySet, Value
from django.db.models.lookups import GreaterThan, LessThan

LONGEST_CURSOR = 2000
LARGEST_NUMBER = 2**63 - 1


class BadCursor(ValueError):
    """The text is not a cursor of this order."""


@dataclass(frozen=True)
class Order:
    """An order that an index supports: by ``field`` and then by key, both in one direction.

    ``blank`` says which rows have nothing to sort by; they come last in both directions. It needs
    ``filled``, its opposite, because the two are asked for one after the other.
    """

    name: str  # as in the address, with a leading minus when it descends
    field: str
    blank: Q | None = None
    filled: Q | None = None

    @property
    def is_descending(self) -> bool:
        return self.name.startswith("-")

    @property
    def parts(self) -> list[Part]:
        everything = Part(self.field, self.filled)
        return [everything] if self.blank is None else [everything, Part("", self.blank)]

    def queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return ``queryset`` in this order by one statement, for work that reads all of it anyway."""
        sign = F(self.field).desc(nulls_last=True) if self.is_descending else F(self.field).asc(nulls_last=True)
        return queryset.order_by(sign, "-pk" if self.is_descending else "pk")


@dataclass(frozen=True)
class Part:
    """A stretch of the list that one statement can read in order; without a field the key alone orders it."""

    field: str
    condition: Q | None


@dataclass(frozen=True)
class Cursor:
    """A place between two rows. ``position`` is the number of the row in the list as the reader counted it."""

    part: int
    value: Any
    pk: uuid.UUID
    position: int


@dataclass
class Slice:
    """One page of rows, with the cursors of its neighbours (empty where there is none)."""

    rows: list[Any] = field(default_factory=list)
    start: int = 1
    after: str = ""
    before: str = ""

    @property
    def end(self) -> int:
        return self.start + len(self.rows) - 1


class Row(Func):
    """A row value, so that PostgreSQL compares several columns at once and an index can serve it."""

    function = "ROW"
    output_field = BooleanField()  # never read: only rows are compared with rows


def read_cursor(text: str, *, order: Order, model: type[Model]) -> Cursor:
    """Return the cursor that ``text`` stands for.

    Raises: BadCursor.
    """
    if len(text) > LONGEST_CURSOR:
        raise BadCursor("too long")
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        name, part, value, pk, position = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        cursor = Cursor(int(part), value, uuid.UUID(pk), int(position))
    except (ValueError, TypeError, AttributeError, binascii.Error, RecursionError) as problem:
        raise BadCursor("unreadable") from problem
    if name != order.name or not 0 <= cursor.part < len(order.parts) or not 0 < cursor.position <= LARGEST_NUMBER:
        raise BadCursor("made for another list")
    if not order.parts[cursor.part].field:
        return cursor
    return Cursor(cursor.part, _value(model, order.field, value), cursor.pk, cursor.position)


def write_cursor(row: Any, *, order: Order, part: int, position: int) -> str:
    """Return the text of the place of ``row``."""
    value = getattr(row, order.field) if order.parts[part].field else None
    if isinstance(value, date):
        value = value.isoformat()
    packed = json.dumps([order.name, part, value, str(row.pk), max(1, position)], separators=(",", ":"))
    return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def _value(model: type[Model], name: str, value: Any) -> Any:
    if not isinstance(value, str | int) or isinstance(value, bool) or "\0" in str(value):
        raise BadCursor("a value of the wrong type")
    try:
        cleaned = model._meta.get_field(name).to_python(value)  # type: ignore[union-attr]
    except (ValidationError, ValueError, TypeError, OverflowError) as problem:
        raise BadCursor("a value of the wrong type") from problem
    if isinstance(cleaned, datetime) and cleaned.tzinfo is None:
        raise BadCursor("a moment without a time zone")
    if isinstance(cleaned, date) and not 1900 <= cleaned.year <= 2200:
        raise BadCursor("a date out of range")
    if isinstance(cleaned, int) and abs(cleaned) > LARGEST_NUMBER:
        raise BadCursor("a number out of range")
    return cleaned


def slice_of(
    queryset: QuerySet[Any], order: Order, *, size: int, after: Cursor | None = None, before: Cursor | None = None
) -> Slice:
    """Return the page after or before a cursor, or the first one. Costs one query, two where blank rows begin.

    A page that has become empty, because everything beyond the cursor is gone, gives way to its neighbour.
    """
    forward = before is None
    cursor = after or before
    found = _read(queryset, order, cursor, size + 1, forward=forward)
    if cursor is not None and not found:
        if not forward:
            return slice_of(queryset, order, size=size)
        forward = False
        found = _read(queryset, order, cursor, size + 1, forward=False, including=True)
    more, found = len(found) > size, found[:size]
    if not forward:
        found.reverse()
    if not found:
        return Slice()
    if cursor is None:
        start = 1
    elif before is None and forward:
        start = cursor.position + 1
    else:
        start = max(1, cursor.position - len(found)) if more else 1
    page = Slice([row for row, _ in found], start)
    first, last = found[0], found[-1]
    if (forward and more) or before is not None:
        page.after = write_cursor(last[0], order=order, part=last[1], position=page.end)
    if (forward and cursor is not None) or (not forward and more):
        page.before = write_cursor(first[0], order=order, part=first[1], position=start)
    return page


def _read(
    queryset: QuerySet[Any], order: Order, cursor: Cursor | None, limit: int, *, forward: bool, including: bool = False
) -> list[tuple[Any, int]]:
    """Return up to ``limit`` rows beyond the cursor, nearest first, each with the number of its part."""
    descending = order.is_descending is forward
    numbered = list(enumerate(order.parts))
    if not forward:
        numbered.reverse()
    found: list[tuple[Any, int]] = []
    for number, part in numbered:
        if cursor is not None and (number < cursor.part if forward else number > cursor.part):
            continue
        rows = queryset if part.condition is None else queryset.filter(part.condition)
        if cursor is not None and number == cursor.part:
            rows = rows.filter(_beyond(part, cursor, descending=descending, including=including))
        names = [part.field, "pk"] if part.field else ["pk"]
        rows = rows.order_by(*(f"-{name}" if descending else name for name in names))
        found += [(row, number) for row in rows[: limit - len(found)]]
        if len(found) >= limit:
            break
    return found


def _beyond(part: Part, cursor: Cursor, *, descending: bool, including: bool) -> Any:
    compare = LessThan if descending else GreaterThan
    if not part.field:
        if including:
            return Q(**{"pk__lte" if descending else "pk__gte": cursor.pk})
        return Q(**{"pk__lt" if descending else "pk__gt": cursor.pk})
    here, there = Row(F(part.field), F("pk")), Row(Value(cursor.value), Value(cursor.pk))
    beyond = compare(here, there)
    return Q(beyond) | Q(**{part.field: cursor.value, "pk": cursor.pk}) if including else beyond


def count_up_to(queryset: QuerySet[Any], most: int) -> int:
    """Return the number of rows, or ``most`` + 1 when there are more; the database stops counting there."""
    return queryset.order_by().values("pk")[: most + 1].count()
