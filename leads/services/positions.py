"""Places in a column of the board: whole numbers with gaps, so that a move usually writes one row."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from typing import NamedTuple

from django.db.models import F, Q

from leads.models import Lead, PipelineStage
from leads.models.lead import POSITION_GAP, new_board_position
from leads.querysets import LeadQuerySet

# When neighbours touch, the ones above move up: that side is short, because people drag near the top,
# and beyond the top there is always room.
SHIFT = 2 * POSITION_GAP
NEARBY = 200


class Spot(NamedTuple):
    """Where a lead is: equal positions are ordered by id."""

    position: int
    pk: uuid.UUID


class Crowded(Exception):
    """There is no room between two neighbours; ``pks`` have to move up first."""

    def __init__(self, pks: Sequence[uuid.UUID]) -> None:
        super().__init__(f"{len(pks)} leads have to move up.")
        self.pks = list(pks)


def find(
    *,
    lead: Lead,
    stage: PipelineStage,
    above: uuid.UUID | None,
    below: uuid.UUID | None,
    locked: Collection[uuid.UUID] = (),
) -> int:
    """Return the position for ``lead`` between its neighbours, or on top when it is given none.

    A neighbour that has left the stage meanwhile does not count. Leads in ``locked`` may be moved up to make
    room.

    Raises: Crowded, when leads that are not locked would have to move.
    """
    others = Lead.objects.alive().filter(stage=stage).exclude(pk=lead.pk)
    near = others.filter(pk__in=[pk for pk in (above, below) if pk]).values_list("board_position", "pk")
    spots = {spot.pk: spot for spot in (Spot(*row) for row in near)}
    upper, lower = spots.get(above) if above else None, spots.get(below) if below else None
    if upper and lower and upper >= lower:
        lower = None  # they have changed places since the page was loaded
    if lower is not None and upper is None:
        upper = _first(_above(others, lower))
        if upper is None:
            return lower.position - POSITION_GAP
    elif upper is not None and lower is None:
        lower = _first(_below(others, upper))
        if lower is None:
            return upper.position + POSITION_GAP
    if upper is None or lower is None:
        top = _first(others.order_by("board_position", "pk"))
        return min(new_board_position(), top.position - POSITION_GAP) if top else new_board_position()
    if lower.position - upper.position < 2:
        upper = _move_up(others, upper, locked)
    return upper.position + (lower.position - upper.position) // 2


def _move_up(others: LeadQuerySet, upper: Spot, locked: Collection[uuid.UUID]) -> Spot:
    """Move ``upper`` and what lies close above it up by one shift; their order stays."""
    moving = _crowd(others, upper)
    if not set(moving) <= set(locked):
        raise Crowded(moving)
    Lead.objects.filter(pk__in=moving).update(board_position=F("board_position") - SHIFT)
    return Spot(upper.position - SHIFT, upper.pk)


def _crowd(others: LeadQuerySet, upper: Spot) -> list[uuid.UUID]:
    """Return ``upper`` and those above it, up to the first gap that swallows the shift."""
    rows = [upper, *(Spot(*row) for row in _above(others, upper).values_list("board_position", "pk")[:NEARBY])]
    for index, row in enumerate(rows[:-1]):
        if row.position - SHIFT > rows[index + 1].position:
            return [spot.pk for spot in rows[: index + 1]]
    if len(rows) <= NEARBY:
        return [spot.pk for spot in rows]  # the top is reached
    return [upper.pk, *_above(others, upper).values_list("pk", flat=True)]


def _above(others: LeadQuerySet, spot: Spot) -> LeadQuerySet:
    return others.filter(
        Q(board_position__lt=spot.position) | Q(board_position=spot.position, pk__lt=spot.pk),
        board_position__lte=spot.position,  # bounds the range of the index, which the alternative does not
    ).order_by("-board_position", "-pk")


def _below(others: LeadQuerySet, spot: Spot) -> LeadQuerySet:
    return others.filter(
        Q(board_position__gt=spot.position) | Q(board_position=spot.position, pk__gt=spot.pk),
        board_position__gte=spot.position,
    ).order_by("board_position", "pk")


def _first(ordered: LeadQuerySet) -> Spot | None:
    row = ordered.values_list("board_position", "pk").first()
    return Spot(*row) if row else None
