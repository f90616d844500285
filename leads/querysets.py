"""Questions asked of leads, as adjectives that chain."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.db import connection
from django.db.models import Q
from django.db.models.expressions import RawSQL

from leadcrm.accounts.choices import Role
from leadcrm.audit import settings
from leadcrm.core.models import TenantQuerySet
from leads.choices import CLOSED_STATUSES, LeadStatus

if TYPE_CHECKING:
    from leadcrm.accounts.models import User

ALL, TEAM, OWN = "all", "team", "own"
# Up to so many ids travel in a statement.
FEW = 1_000


def reach_of(user: User) -> str:
    """Return how far a person sees: ``all``, ``team`` or ``own`` (own, and unassigned of the team)."""
    if user.role == Role.MANAGER:
        return str(settings.get("leads.manager_reach"))
    if user.role == Role.SALES_REP:
        return str(settings.get("leads.rep_reach"))
    return ALL


def reach_condition(user: User, *, prefix: str = "") -> Q:
    """Return the condition that a lead is within reach; ``prefix`` is the path to the lead, such as ``lead__``."""
    reach = reach_of(user)
    if reach == ALL:
        return Q()
    own = Q(**{f"{prefix}assigned_to": user})
    if user.team_id is None:
        return own
    of_team = Q(**{f"{prefix}team_id": user.team_id})
    return own | (of_team if reach == TEAM else of_team & Q(**{f"{prefix}assigned_to__isnull": True}))


def reach_in_sql(user: User, alias: str) -> tuple[str, list[str]]:
    """Return ``reach_condition`` as SQL about the leads called ``alias``, with its parameters."""
    reach = reach_of(user)
    if reach == ALL:
        return "true", []
    if user.team_id is None:
        return f"{alias}.assigned_to_id = %s", [str(user.pk)]
    of_team = f"{alias}.team_id = %s" + ("" if reach == TEAM else f" AND {alias}.assigned_to_id IS NULL")
    return f"({alias}.assigned_to_id = %s OR {of_team})", [str(user.pk), str(user.team_id)]


class LeadQuerySet(TenantQuerySet[Any]):
    def in_trash(self) -> Self:
        return self.filter(deleted_at__isnull=False)

    def alive(self) -> Self:
        return self.filter(deleted_at__isnull=True)

    def visible_to(self, user: User) -> Self:
        """Narrow to the leads outside the trash that the role and the organisation's settings let ``user`` see."""
        return self.alive().reachable_by(user)

    def reachable_by(self, user: User) -> Self:
        """Narrow as ``visible_to`` does, but keep what is in the trash."""
        return self.filter(reach_condition(user), organization_id=user.organization_id)

    def ranges_of(self, user: User) -> list[Self]:
        """Split what ``user`` sees into sets that do not overlap and are each one range of an index of the board.

        Together they are ``reachable_by``, whose alternatives ("or") no index can follow in order.
        """
        queryset = self.filter(organization_id=user.organization_id)
        reach, team = reach_of(user), user.team_id
        if reach == ALL:
            return [queryset]
        own = queryset.filter(assigned_to=user)
        if team is None:
            return [own]
        if reach == TEAM:
            elsewhere = own.filter(Q(team__isnull=True) | ~Q(team=team))
            return [queryset.filter(team=team), elsewhere]
        return [own, queryset.filter(assigned_to__isnull=True, team=team)]

    def open(self) -> Self:
        return self.exclude(status__in=CLOSED_STATUSES)

    def won(self) -> Self:
        return self.filter(status=LeadStatus.CLOSED_WON)

    def without_next_step(self) -> Self:
        return self.open().filter(next_follow_up_at__isnull=True)

    def overdue(self, at: datetime) -> Self:
        return self.open().filter(next_follow_up_at__lt=at)

    def idle_since(self, moment: datetime) -> Self:
        return self.open().filter(last_activity_at__lt=moment)

    def found_by(self, query: str, *, user: User, limit: int = 500) -> Self:
        """Narrow to at most ``limit`` leads that match words or a part of a word, the best first.

        The search runs in a function of the database that filters by organisation and by the reach of
        ``user`` itself: text operators are not leakproof, so under row level security their indexes
        would lie idle.
        """
        matches = RawSQL("SELECT id FROM leads_search(%s, %s, %s, %s, %s)", _search_arguments(query, user, limit))
        return self.filter(pk__in=matches)

    def with_custom_value(self, key: str, value: str | int | float | bool) -> Self:
        """Narrow to the leads whose custom field ``key`` holds ``value``. Costs a query.

        When they are few, a function of the database finds them by its index, which row level security keeps
        from us; when they are many, reading in the order of the list meets them soon.
        """
        wanted = json.dumps({key: value})
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM leads_by_custom_field(%s::jsonb, %s)", [wanted, FEW + 1])
            ids = [pk for (pk,) in cursor.fetchall()]
        return self.filter(pk__in=ids) if len(ids) <= FEW else self.filter(custom_fields__contains={key: value})

    def ids_found_by(self, query: str, *, user: User, limit: int) -> list[uuid.UUID]:
        """Return the ids that ``found_by`` keeps, the best first. Costs a query."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM leads_search(%s, %s, %s, %s, %s) WITH ORDINALITY AS f (id, place) ORDER BY place",
                _search_arguments(query, user, limit),
            )
            return [pk for (pk,) in cursor.fetchall()]

    def among(self, ids: Sequence[uuid.UUID]) -> Self:
        """Narrow to these ids, sent as one array however many they are."""
        return self.filter(pk__in=RawSQL("SELECT unnest(%s::uuid[])", [list(ids)]))


def _search_arguments(query: str, user: User, limit: int) -> list[Any]:
    return [query, limit, reach_of(user), str(user.pk), str(user.team_id) if user.team_id else None]
