"""The cards of the board: what a card says, and how a page of every column is read at once."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Self

from django.db import connection
from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.utils import timezone

from leadcrm.core import formatting
from leads.choices import CLOSED_STATUSES, ActivityType, LeadStatus
from leads.models import PipelineStage
from leads.querysets import LeadQuerySet

STEPS = {choice.value: str(choice.label) for choice in ActivityType}


class Row(NamedTuple):
    """What a card is made of. The names are those of the query; the first two are the order of a column."""

    board_position: int
    id: uuid.UUID
    stage_id: uuid.UUID
    version: int
    company: str
    first_name: str
    last_name: str
    email: str
    phone: str
    external_id: str
    job_title: str
    status: str
    predicted_value_minor: int | None
    won_value_minor: int | None
    currency: str
    score: int
    next_follow_up_at: datetime | None
    next_step: str
    last_activity_at: datetime
    closed_at: datetime | None
    lost_reason: str
    assigned_to: uuid.UUID | None
    assigned_to__full_name: str | None
    assigned_to__email: str | None


class Owner(NamedTuple):
    pk: uuid.UUID
    full_name: str
    email: str


class Place(NamedTuple):
    """A place in a column, after which its next page starts."""

    position: int
    pk: uuid.UUID

    def __str__(self) -> str:
        return f"{self.position}.{self.pk.hex}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what ``str`` wrote.

        Raises: ValueError.
        """
        position, _, pk = text.partition(".")
        place = cls(int(position), uuid.UUID(hex=pk))
        if not -(2**63) <= place.position < 2**63:
            raise ValueError("Outside the range of positions.")
        return place


@dataclass(slots=True)
class Card:
    """A lead as the board shows it. Plain values, because a board shows hundreds."""

    id: str
    position: str
    stage_id: uuid.UUID
    version: int
    title: str
    subtitle: str
    value_minor: int | None
    currency: str
    score: int
    owner: Owner | None
    due: str  # none, overdue, today, soon, later, or done when it was won
    icon: str
    words: str
    idle_days: int | None  # only when that is too long

    def __getitem__(self, name: str) -> Any:
        # Templates ask for an item before they ask for an attribute; raising costs more than answering.
        return getattr(self, name)


@dataclass(frozen=True)
class Page:
    """Some cards of one column; ``after`` is where the next page starts, None when there is none."""

    cards: list[Card]
    after: Place | None


def first_pages(
    ranges: Sequence[LeadQuerySet], stages: Sequence[PipelineStage], *, size: int, idle_after: int, at: datetime,
    few: bool = False,
) -> dict[uuid.UUID, Page]:  # fmt: skip
    """Return the top of every column by one statement.

    The columns are read in their order, each a range of an index, as far as their page goes. With ``few``
    leads among very many that would be a long way: then all of them are found first and put in order.
    """
    statement, params = (_few_sql if few else _columns_sql)(ranges, [stage.pk for stage in stages], size + 1)
    rows: dict[uuid.UUID, list[Row]] = {stage.pk: [] for stage in stages}
    for row in _rows(statement, params):
        rows[row.stage_id].append(row)
    make = CardMaker(at=at, idle_after=idle_after)
    return {stage_id: _page(found, size, make) for stage_id, found in rows.items()}


def next_page(
    ranges: Sequence[LeadQuerySet], stage: PipelineStage, after: Place | None, *, size: int, idle_after: int,
    at: datetime,
) -> Page:  # fmt: skip
    """Return what follows ``after`` in one column."""
    later = [queryset.filter(stage=stage) for queryset in ranges]
    if after is not None:
        beyond = Q(board_position__gt=after.position) | Q(board_position=after.position, pk__gt=after.pk)
        # The second condition bounds the range of the index, which the alternative does not.
        later = [queryset.filter(beyond, board_position__gte=after.position) for queryset in later]
    found: list[Row] = []
    for queryset in later:
        found += [Row(*row) for row in queryset.order_by("board_position", "pk").values_list(*Row._fields)[: size + 1]]
    return _page(sorted(found, key=lambda row: row[:2])[: size + 1], size, CardMaker(at=at, idle_after=idle_after))


def one_card(leads: LeadQuerySet, pk: uuid.UUID, *, idle_after: int, at: datetime) -> Card | None:
    """Return the card of one lead, or None when it is not among ``leads``."""
    row = leads.filter(pk=pk).values_list(*Row._fields).first()
    return CardMaker(at=at, idle_after=idle_after)(Row(*row)) if row else None


def _page(rows: list[Row], size: int, make: CardMaker) -> Page:
    shown = rows[:size]
    after = Place(shown[-1].board_position, shown[-1].id) if len(rows) > size else None
    return Page([make(row) for row in shown], after)


def _columns_sql(ranges: Sequence[LeadQuerySet], stages: list[uuid.UUID], limit: int) -> tuple[str, list[Any]]:
    """Return the query that reads the top of each column. The text comes from the ORM; values are parameters."""
    parts: list[str] = []
    params: list[Any] = [stages]
    for queryset in ranges:
        page = queryset.filter(stage_id=RawSQL("wanted.id", [])).order_by("board_position", "pk")
        sql, values = page.values_list(*Row._fields)[:limit].query.sql_with_params()
        parts.append(f"({sql})")
        params += values
    column = parts[0]
    if len(parts) > 1:
        # Each part is in order and as short as the page, so merging them costs nothing.
        column = f"(SELECT * FROM ({' UNION ALL '.join(parts)}) parts ORDER BY 1, 2 LIMIT {limit:d})"  # noqa: S608
    return (
        f"SELECT page.* FROM unnest(%s::uuid[]) AS wanted (id) CROSS JOIN LATERAL {column} page"  # noqa: S608
        " ORDER BY page.stage_id, page.board_position, page.id"
    ), params


def _few_sql(ranges: Sequence[LeadQuerySet], stages: list[uuid.UUID], limit: int) -> tuple[str, list[Any]]:
    """Return the query that finds all leads first. The text comes from the ORM; values are parameters."""
    found = [queryset.filter(stage__in=stages).order_by().values_list(*Row._fields) for queryset in ranges]
    compiled = [queryset.query.sql_with_params() for queryset in found]
    union = " UNION ALL ".join(f"({sql})" for sql, _ in compiled)
    return (
        "SELECT * FROM (SELECT found.*, row_number() OVER (PARTITION BY found.stage_id"  # noqa: S608
        f" ORDER BY found.board_position, found.id) AS place FROM ({union}) found) numbered"
        f" WHERE place <= {limit:d} ORDER BY stage_id, place"
    ), [value for _, values in compiled for value in values]


def _rows(statement: str, params: Sequence[Any]) -> Iterator[Row]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        for row in cursor.fetchall():
            yield Row(*row[: len(Row._fields)])


class CardMaker:
    """Turns rows into cards, and remembers what many cards have in common."""

    def __init__(self, *, at: datetime, idle_after: int) -> None:
        self.at = at
        self.idle_since = at - timedelta(days=idle_after)
        self._owners: dict[uuid.UUID, Owner] = {}

    def __call__(self, row: Row) -> Card:
        person = " ".join(part for part in (row.first_name, row.last_name) if part)
        title = row.company or person or row.email or row.phone or row.external_id
        subtitle = ", ".join(part for part in (person, row.job_title) if part)
        value = row.predicted_value_minor
        if row.status == LeadStatus.CLOSED_WON and row.won_value_minor is not None:
            value = row.won_value_minor
        is_closed = row.status in CLOSED_STATUSES
        due, icon, words = self._end(row) if is_closed else self._next_step(row)
        is_idle = not is_closed and row.last_activity_at < self.idle_since
        return Card(
            id=str(row.id),
            position=str(row.board_position),  # as text: templates group the digits of numbers
            stage_id=row.stage_id,
            version=row.version,
            title=title,
            subtitle=subtitle if subtitle and subtitle != title else row.email,
            value_minor=value,
            currency=row.currency,
            score=row.score,
            owner=self._owner(row),
            due=due,
            icon=icon,
            words=words,
            idle_days=(self.at - row.last_activity_at).days if is_idle else None,
        )

    def _owner(self, row: Row) -> Owner | None:
        if row.assigned_to is None:
            return None
        owner = self._owners.get(row.assigned_to)
        if owner is None:
            owner = Owner(row.assigned_to, row.assigned_to__full_name or "", row.assigned_to__email or "")
            self._owners[row.assigned_to] = owner
        return owner

    def _next_step(self, row: Row) -> tuple[str, str, str]:
        if row.next_follow_up_at is None:
            return "none", "triangle-alert", "No next step"
        state, words = formatting.due(row.next_follow_up_at, now=self.at)
        step = STEPS.get(row.next_step, "")
        icon = "clock-alert" if state == "overdue" else "clock"
        return state, icon, f"{step} {words}" if step else words[0].upper() + words[1:]

    def _end(self, row: Row) -> tuple[str, str, str]:
        words = str(LeadStatus(row.status).label)
        if row.status == LeadStatus.CLOSED_LOST and row.lost_reason:
            return "later", "circle-x", f"{words}: {row.lost_reason}"
        if row.closed_at is not None:
            words += " " + formatting.day(timezone.localdate(row.closed_at), today=timezone.localdate(self.at))
        is_won = row.status == LeadStatus.CLOSED_WON
        return ("done", "circle-check", words) if is_won else ("later", "circle-x", words)
