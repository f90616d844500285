"""One person's day: what is late, due today and soon, which leads have no next step, and what is done."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby

from django.utils import timezone

from leadcrm.accounts.choices import Role
from leadcrm.accounts.models import User
from leadcrm.accounts.models.user import UserQuerySet
from leads.models import Activity, Lead
from leads.models.activity import ActivityQuerySet
from leads.permissions import LeadPermission
from leads.services.assignment import WORKING_ROLES

AHEAD_DAYS = 7
# A list that is longer than a day needs no exact count.
MOST = 50
MOST_LEADS = 20
MOST_COUNTED = 99
# A figure heals within this time when something changed leads in bulk, past the activities.
FIGURE_SECONDS = 600
MOST_FIGURES = 5_000


@dataclass(frozen=True, slots=True)
class Section:
    """Activities under one heading; ``more`` when there are others that do not show."""

    activities: list[Activity]
    more: bool = False

    @property
    def count(self) -> str:
        return f"{len(self.activities)}{'+' if self.more else ''}"


@dataclass(frozen=True, slots=True)
class ComingDay:
    day: date
    activities: list[Activity]


@dataclass(frozen=True, slots=True)
class Day:
    overdue: Section
    today: Section
    coming: list[ComingDay]
    has_more_coming: bool
    idle_leads: list[Lead]
    has_more_idle: bool
    done: Section
    titles: dict[str, str] = field(default_factory=dict)

    @property
    def is_free(self) -> bool:
        return not (self.overdue.activities or self.today.activities or self.coming)


def people_for(viewer: User) -> UserQuerySet:
    """Return the others whose day ``viewer`` may see: the team for a manager, everybody for an administrator."""
    people: UserQuerySet = User.objects.active().in_organization(viewer.organization_id)
    people = people.filter(role__in=WORKING_ROLES).order_by("full_name", "email")
    if viewer.role == Role.ADMIN:
        return people
    if viewer.role == Role.MANAGER and viewer.team_id:
        return people.filter(team_id=viewer.team_id)
    return people.filter(pk=viewer.pk)


def my_day(*, viewer: User, whose: User | None, now: datetime) -> Day:
    """Return the day of ``whose``, or what is nobody's yet, as far as ``viewer`` sees it. Costs four queries."""
    midnight = _midnight(now)
    tomorrow, horizon = midnight + timedelta(days=1), midnight + timedelta(days=1 + AHEAD_DAYS)
    work = _work_of(viewer, whose)
    late = _first(work.overdue(now).order_by("scheduled_at", "id"))
    ahead = _first(work.open().between(now, horizon).order_by("scheduled_at", "id"))
    today = [activity for activity in ahead.activities if _at(activity) < tomorrow]
    coming = [activity for activity in ahead.activities if _at(activity) >= tomorrow]
    leads = Lead.objects.visible_to(viewer).without_next_step().select_related("stage")
    leads = leads.filter(assigned_to=whose) if whose else leads.filter(assigned_to__isnull=True)
    idle = list(leads.order_by("-created_at", "-id")[: MOST_LEADS + 1])
    done = work.done().filter(completed_at__gte=midnight).order_by("-completed_at", "-id")
    return Day(
        overdue=late,
        today=Section(today, ahead.more and not coming),
        coming=[ComingDay(day, list(rows)) for day, rows in groupby(coming, key=_local_day)],
        has_more_coming=ahead.more,
        idle_leads=idle[:MOST_LEADS],
        has_more_idle=len(idle) > MOST_LEADS,
        done=_first(done) if whose else Section([]),
    )


def _work_of(viewer: User, whose: User | None) -> ActivityQuerySet:
    work: ActivityQuerySet = Activity.objects.on_leads_visible_to(viewer).select_related("lead")
    return work.of_user(whose) if whose else work.filter(user__isnull=True)


def _first(queryset: ActivityQuerySet) -> Section:
    rows = list(queryset[: MOST + 1])
    return Section(rows[:MOST], len(rows) > MOST)


def _at(activity: Activity) -> datetime:
    return activity.scheduled_at or activity.created_at


def _local_day(activity: Activity) -> date:
    return timezone.localtime(_at(activity)).date()


def _midnight(now: datetime) -> datetime:
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)


_figures: dict[tuple[uuid.UUID, date, datetime], tuple[float, int]] = {}


def due_count(user: User) -> int:
    """Return how much work is late or due today, at most 99; for the sidebar of every page.

    The figure is kept in this process under the stamp of the person's work, so it is counted once after a
    change and once a day, not once a page; other processes see the same stamp.
    """
    if not user.has_right(LeadPermission.EDIT):
        return 0
    now = timezone.now()
    key = (user.pk, timezone.localdate(now), user.work_changed_at)
    kept = _figures.get(key)
    if kept is not None and time.monotonic() - kept[0] < FIGURE_SECONDS:
        return kept[1]
    due = _work_of(user, user).open().filter(scheduled_at__lt=_midnight(now) + timedelta(days=1))
    figure = due.select_related(None).values("pk")[:MOST_COUNTED].count()
    if len(_figures) >= MOST_FIGURES:
        _figures.clear()
    _figures[key] = (time.monotonic(), figure)
    return figure
