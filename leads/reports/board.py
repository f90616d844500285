"""The figures of the board: what each column holds, and how the pipeline is doing."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Q, QuerySet, Sum
from django.db.models.expressions import RawSQL

from leads.choices import LeadStatus
from leads.models import PipelineStage
from leads.models.lead import OPEN
from leads.querysets import LeadQuerySet
from leads.reports import counts
from leads.reports.counts import MOST_COUNTED

if TYPE_CHECKING:
    from leadcrm.accounts.models import User

MOST_CLOSED = 2_000
MOST_ATTENTION = 1_000
WIN_RATE_DAYS = 90
ENDS = (LeadStatus.CLOSED_WON.value, LeadStatus.CLOSED_LOST.value)


@dataclass(frozen=True)
class Amount:
    """A sum in one currency, in minor units; ``weighted`` counts each lead by the chance that its stage wins."""

    currency: str
    total: int
    weighted: int


@dataclass(frozen=True)
class Head:
    """What stands above a column. A column that holds more than can be counted has no sums.

    A ``count`` of None is not known (yet).
    """

    stage: PipelineStage
    count: int | None = 0
    amounts: tuple[Amount, ...] = ()
    is_capped: bool = False

    @property
    def count_text(self) -> str:
        return "…" if self.count is None else f"{self.count:,}{'+' if self.is_capped else ''}"


@dataclass(frozen=True)
class WinRate:
    """Won and lost leads of a period; ``is_capped`` when only the newest of them were counted."""

    won: int
    lost: int
    is_capped: bool = False
    percent_before: int | None = None

    @property
    def percent(self) -> int | None:
        return _percent(self.won, self.lost)


@dataclass(frozen=True)
class Attention:
    """Open leads that are late, idle or without a next step."""

    count: int
    is_capped: bool


@dataclass
class Pipeline:
    """The open columns together, in every currency there is, the organisation's own first."""

    count: int = 0
    amounts: list[Amount] = field(default_factory=list)


def heads_of(
    stages: Sequence[PipelineStage], user: User, *, currency: str, filters: Mapping[str, Any] | None = None
) -> list[Head] | None:
    """Return the heads of the columns from the totals that triggers keep, or None when the filters ask for more.

    Costs a query.
    """
    totals = counts.totals_of(user, filters or {}, {stage.pk: stage.status for stage in stages})
    if totals is None:
        return None
    rows = totals.filter(stage_id__in=[stage.pk for stage in stages]).values_list("stage_id", "currency")
    sums = rows.annotate(leads=Sum("lead_count"), value=Sum("value_minor"))
    return _heads(stages, [(*row, False) for row in sums], currency=currency)


def heads_counted(
    stages: Sequence[PipelineStage], ranges: Sequence[LeadQuerySet], *, currency: str, few: bool
) -> list[Head]:
    """Return the heads of columns whose leads are counted one by one.

    ``few`` says that all of them together are not many; else counting stops at a limit in each column.
    """
    wanted = ("currency", "status", "predicted_value_minor", "won_value_minor")
    ids = [stage.pk for stage in stages]
    if few:
        sql, params = _union(
            [queryset.filter(stage__in=ids).order_by().values_list("stage_id", *wanted) for queryset in ranges]
        )
        source, stage_id = f"({sql}) found", "found.stage_id"
    else:
        columns = [queryset.filter(stage_id=RawSQL("wanted.id", [])).order_by() for queryset in ranges]
        sql, params = _union([column.values_list(*wanted)[: MOST_COUNTED + 1] for column in columns])
        source, stage_id = f"unnest(%s::uuid[]) AS wanted (id) CROSS JOIN LATERAL ({sql}) found", "wanted.id"
        params = [ids, *params]
    statement = (
        f"SELECT {stage_id}, found.currency, count(*), sum(coalesce(CASE WHEN found.status = %s THEN"  # noqa: S608 — see `_union`
        " coalesce(found.won_value_minor, found.predicted_value_minor) ELSE found.predicted_value_minor END, 0))"
        f" FROM {source} GROUP BY 1, 2"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [LeadStatus.CLOSED_WON.value, *params])
        rows = cursor.fetchall()
    numbers: dict[uuid.UUID, int] = {}
    for stage, _, count, _ in rows:
        numbers[stage] = numbers.get(stage, 0) + count
    return _heads(stages, [(*row, numbers[row[0]] > MOST_COUNTED) for row in rows], currency=currency)


def estimate(ranges: Sequence[LeadQuerySet]) -> int:
    """Return how many leads PostgreSQL expects to find. Costs a plan and reads nothing."""
    sql, params = _union([queryset.order_by().values_list("pk") for queryset in ranges])
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
        row = cursor.fetchone()
    plan = json.loads(row[0]) if row and isinstance(row[0], str) else row[0] if row else [{}]
    return int(plan[0].get("Plan", {}).get("Plan Rows", 0))


def pipeline_of(heads: Iterable[Head]) -> Pipeline:
    """Add up the columns that are still open."""
    result = Pipeline()
    sums: dict[str, Amount] = {}
    for head in heads:
        if head.stage.is_closed:
            continue
        result.count += head.count or 0
        for one in head.amounts:
            so_far = sums.get(one.currency, Amount(one.currency, 0, 0))
            sums[one.currency] = Amount(one.currency, so_far.total + one.total, so_far.weighted + one.weighted)
    result.amounts = list(sums.values())
    return result


def win_rate(ranges: Sequence[LeadQuerySet], *, at: datetime) -> WinRate:
    """Return what was won and lost in the last 90 days, with the 90 days before them for comparison."""
    since = at - timedelta(days=WIN_RATE_DAYS)
    closed = [
        queryset.filter(
            closed_at__gte=since - timedelta(days=WIN_RATE_DAYS), closed_at__lt=at, status__in=ENDS
        ).order_by("-closed_at")
        for queryset in ranges
    ]
    sql, params = _union([queryset.values_list("closed_at", "status")[:MOST_CLOSED] for queryset in closed])
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT closed_at >= %s, status, count(*) FROM ({sql}) newest GROUP BY 1, 2",  # noqa: S608 — see `_union`
            [since, *params],
        )
        closings = {(is_recent, status): int(count) for is_recent, status, count in cursor.fetchall()}
    won, lost = (closings.get((True, status), 0) for status in ENDS)
    won_before, lost_before = (closings.get((False, status), 0) for status in ENDS)
    capped = sum(closings.values()) >= MOST_CLOSED
    return WinRate(won, lost, capped, None if capped else _percent(won_before, lost_before))


def attention(ranges: Sequence[LeadQuerySet], *, at: datetime, idle_after: int) -> Attention:
    """Count the open leads that are late, idle or without a next step, up to a limit."""
    idle = at - timedelta(days=idle_after)
    late, unplanned = Q(next_follow_up_at__lt=at), Q(next_follow_up_at__isnull=True)
    if len(ranges) == 1:
        # A whole organisation: three sets that do not overlap. The first two are ranges of an index; what the
        # last one skips was counted by them, so the limit bounds the reading as well.
        conditions = [unplanned, late, Q(next_follow_up_at__gte=at, last_activity_at__lt=idle)]
    else:
        # What one person or team has well in hand is no more than they can plan.
        conditions = [unplanned | late | Q(last_activity_at__lt=idle)]
    parts = [queryset.filter(OPEN, condition).order_by() for queryset in ranges for condition in conditions]
    sql, params = _union([part.values_list("pk")[: MOST_ATTENTION + 1] for part in parts])
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM ({sql} LIMIT %s) found",  # noqa: S608 — see `_union`
            [*params, MOST_ATTENTION + 1],
        )
        row = cursor.fetchone()
    count = int(row[0]) if row else 0
    return Attention(min(count, MOST_ATTENTION), count > MOST_ATTENTION)


def _union(querysets: Sequence[QuerySet[Any, Any]]) -> tuple[str, list[Any]]:
    """Return one query over all of them: the text comes from the ORM, every value is a parameter."""
    compiled = [queryset.query.sql_with_params() for queryset in querysets]
    return " UNION ALL ".join(f"({sql})" for sql, _ in compiled), [value for _, values in compiled for value in values]


def _percent(won: int, lost: int) -> int | None:
    return round(100 * won / (won + lost)) if won + lost else None


def _heads(
    stages: Sequence[PipelineStage], rows: Iterable[tuple[uuid.UUID, str, int, int, bool]], *, currency: str
) -> list[Head]:
    found: dict[uuid.UUID, list[tuple[str, int, int, bool]]] = {}
    for stage_id, unit, count, value, capped in rows:
        found.setdefault(stage_id, []).append((unit, int(count), int(value), capped))
    return [_head(stage, found.get(stage.pk, []), currency) for stage in stages]


def _head(stage: PipelineStage, rows: list[tuple[str, int, int, bool]], currency: str) -> Head:
    if any(capped for *_, capped in rows):
        return Head(stage, MOST_COUNTED, (), is_capped=True)
    amounts = [
        Amount(unit, value, value * stage.win_probability // 100)
        for unit, _, value, _ in sorted(rows, key=lambda row: (row[0] != currency, -row[2], row[0]))
        if value
    ]
    return Head(stage, sum(count for _, count, _, _ in rows), tuple(amounts))
