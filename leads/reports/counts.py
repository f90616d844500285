"""How many leads a list holds, without counting more than anybody wants to know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet, Sum

from leadcrm.core.paging import count_up_to
from leads.models import StageTotal
from leads.querysets import ALL, TEAM, LeadQuerySet, reach_of

if TYPE_CHECKING:
    from leadcrm.accounts.models import User

MOST_COUNTED = 10_000
# The filters that the totals of the stages can answer by themselves.
TOTALLED = frozenset({"stage", "status", "owner", "team"})


@dataclass(frozen=True)
class Count:
    """A number of leads; ``is_capped`` when there are more than were counted."""

    number: int
    is_capped: bool = False

    def __str__(self) -> str:
        return f"{self.number:,}+" if self.is_capped else f"{self.number:,}"


def up_to(number: int) -> Count:
    """Return a count that says no more than that there are more than ten thousand."""
    return Count(MOST_COUNTED, True) if number > MOST_COUNTED else Count(number)


def counted(leads: LeadQuerySet) -> Count:
    """Count leads one by one, and stop after ten thousand."""
    return up_to(count_up_to(leads, MOST_COUNTED))


def from_totals(user: User, filters: Mapping[str, Any], statuses: Mapping[Any, str]) -> Count | None:
    """Add up the totals that triggers keep for each stage, owner and team; None when the filters ask for more."""
    totals = totals_of(user, filters, statuses)
    if totals is None:
        return None
    return up_to(max(0, totals.aggregate(number=Sum("lead_count"))["number"] or 0))


def totals_of(user: User, filters: Mapping[str, Any], statuses: Mapping[Any, str]) -> QuerySet[StageTotal] | None:
    """Return the totals of what ``user`` sees through the filters; None when the filters ask for more than they know.

    ``statuses`` maps each stage to the status it stands for, which is that of every lead in it.
    """
    if not TOTALLED.issuperset(filters):
        return None
    stages = set(statuses)
    if "stage" in filters:
        stages &= set(filters["stage"])
    if "status" in filters:
        stages &= {stage for stage, status in statuses.items() if status in filters["status"]}
    totals: QuerySet[StageTotal] = StageTotal.objects.filter(_reach(user))
    if len(stages) < len(statuses):
        totals = totals.filter(stage_id__in=stages)
    if "owner" in filters:
        totals = totals.filter(_owners(filters["owner"], user))
    if "team" in filters:
        totals = totals.filter(team_id__in=filters["team"])
    return totals


def _reach(user: User) -> Q:
    reach = reach_of(user)
    if reach == ALL:
        return Q()
    own = Q(assigned_to_id=user.pk)
    if user.team_id is None:
        return own
    return own | (Q(team_id=user.team_id) if reach == TEAM else Q(assigned_to_id__isnull=True, team_id=user.team_id))


def _owners(values: list[Any], user: User) -> Q:
    people = [user.pk if value == "me" else value for value in values if value != "unassigned"]
    wanted = Q(assigned_to_id__in=people) if people else Q(pk__in=[])
    return wanted | Q(assigned_to_id__isnull=True) if "unassigned" in values else wanted
