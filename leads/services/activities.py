"""Plan, change, complete and cancel human work; the lead's next step follows from what is open."""

from __future__ import annotations

import uuid
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from leadcrm.audit import services as audit
from leadcrm.core import live
from leadcrm.core.errors import DomainError
from leads.choices import ActivityType, JourneyEventType
from leads.events import LeadEvent
from leads.models import Activity, Lead
from leads.services import journey

if TYPE_CHECKING:
    from leadcrm.accounts.models import User

WORKDAY_START = time(9, 0)
SATURDAY = 5
FURTHEST = timedelta(days=5 * 366)

CONTACTS = {ActivityType.CALL, ActivityType.EMAIL, ActivityType.MEETING, ActivityType.DEMO,
            ActivityType.SOCIAL_INTERACTION}  # fmt: skip
DONE_EVENTS = {ActivityType.CALL: JourneyEventType.CALL_MADE}


class ActivityClosed(DomainError):
    """The activity was completed or cancelled already."""

    code = "activity_closed"


def next_working_morning(lead: Lead) -> datetime:
    """Return 09:00 of the next working day in the organisation's time zone."""
    zone = ZoneInfo(lead.organization.time_zone)
    day = timezone.now().astimezone(zone).date() + timedelta(days=1)
    while day.weekday() >= SATURDAY:
        day += timedelta(days=1)
    return datetime.combine(day, WORKDAY_START, tzinfo=zone)


@transaction.atomic
def plan_activity(
    *,
    lead: Lead,
    type: str,
    actor: User | None,
    scheduled_at: datetime,
    subject: str = "",
    description: str = "",
    user: User | None = None,
    duration_minutes: int | None = None,
    remind_at: datetime | None = None,
) -> Activity:
    """Plan work on a lead for ``user``; without one it is the whole team's.

    Raises: DomainError when the moment is absurd or the reminder comes after it.
    """
    if type == ActivityType.NOTE:
        raise DomainError("A note is not planned; write it on the lead.", field="type")
    _check_moments(scheduled_at, remind_at)
    activity = Activity.objects.create(
        organization_id=lead.organization_id,
        lead=lead,
        user=user,
        type=type,
        subject=subject.strip(),
        description=description.strip(),
        scheduled_at=scheduled_at,
        duration_minutes=duration_minutes,
        remind_at=remind_at,
    )
    event = (
        JourneyEventType.MEETING_SCHEDULED
        if type in {ActivityType.MEETING, ActivityType.DEMO}
        else JourneyEventType.ACTIVITY_PLANNED
    )
    _tell(activity, lead, event, LeadEvent.ACTIVITY_PLANNED, actor=actor)
    return activity


@transaction.atomic
def log_activity(
    *,
    lead: Lead,
    type: str,
    actor: User,
    subject: str = "",
    description: str = "",
    outcome: str = "",
    completed_at: datetime | None = None,
    duration_minutes: int | None = None,
) -> Activity:
    """Write down work that is done already.

    Raises: DomainError when the moment lies in the future.
    """
    now = timezone.now()
    completed_at = completed_at or now
    if completed_at > now + timedelta(minutes=1):
        raise DomainError("What is done cannot lie in the future; plan it instead.", field="completed_at")
    activity = Activity.objects.create(
        organization_id=lead.organization_id,
        lead=lead,
        user=actor,
        type=type,
        subject=subject.strip(),
        description=description.strip(),
        outcome=outcome.strip(),
        completed_at=completed_at,
        duration_minutes=duration_minutes,
    )
    _count_as_contact(lead, activity)
    _tell_done(activity, lead, actor=actor)
    return activity


@transaction.atomic
def change_activity(
    *,
    activity: Activity,
    actor: User,
    type: str,
    subject: str,
    description: str,
    scheduled_at: datetime,
    user: User | None,
    duration_minutes: int | None = None,
    remind_at: datetime | None = None,
) -> Activity:
    """Change an open activity; a new reminder rings again.

    Raises: ActivityClosed, DomainError.
    """
    activity = _locked(activity)
    _check_moments(scheduled_at, remind_at)
    before = activity.scheduled_at
    if remind_at != activity.remind_at:
        activity.reminded_at = None
    activity.type, activity.subject, activity.description = type, subject.strip(), description.strip()
    activity.scheduled_at, activity.user, activity.remind_at = scheduled_at, user, remind_at
    activity.duration_minutes = duration_minutes
    activity.save()
    audit.record(
        LeadEvent.ACTIVITY_UPDATED, activity, actor=actor, description=str(activity),
        changes={"scheduled_at": (str(before), str(scheduled_at))} if before != scheduled_at else {},
    )  # fmt: skip
    refresh_next_step(activity.lead)
    return activity


@transaction.atomic
def complete_activity(
    *, activity: Activity, actor: User, outcome: str = "", duration_minutes: int | None = None
) -> Activity:
    """Mark work as done now.

    Raises: ActivityClosed.
    """
    activity = _locked(activity)
    activity.completed_at = timezone.now()
    activity.outcome = outcome.strip() or activity.outcome
    activity.duration_minutes = duration_minutes or activity.duration_minutes
    activity.user = activity.user or actor
    activity.save()
    _count_as_contact(activity.lead, activity)
    _tell_done(activity, activity.lead, actor=actor)
    return activity


@transaction.atomic
def reopen_activity(*, activity: Activity, actor: User) -> Activity:
    """Take back a completion or a cancellation; an open activity is left as it is."""
    activity = Activity.objects.select_for_update(of=("self",)).select_related("lead").get(pk=activity.pk)
    if activity.is_open:
        return activity
    activity.completed_at = activity.cancelled_at = None
    activity.save()
    audit.record(LeadEvent.ACTIVITY_UPDATED, activity, actor=actor, description=f"{activity}: open again")
    refresh_next_step(activity.lead)
    return activity


@transaction.atomic
def cancel_activity(*, activity: Activity, actor: User) -> Activity:
    """Take an open activity off the list.

    Raises: ActivityClosed.
    """
    activity = _locked(activity)
    activity.cancelled_at = timezone.now()
    activity.save()
    _tell(activity, activity.lead, JourneyEventType.ACTIVITY_CANCELLED, LeadEvent.ACTIVITY_CANCELLED, actor=actor)
    return activity


def refresh_next_step(lead: Lead) -> None:
    """Set the lead's next step to its earliest open activity."""
    upcoming = (
        Activity.objects.open()
        .filter(lead=lead, scheduled_at__isnull=False)
        .order_by("scheduled_at", "id")
        .values_list("scheduled_at", "type")
        .first()
    )
    lead.next_follow_up_at, lead.next_step = upcoming or (None, "")
    lead.last_activity_at = timezone.now()
    lead.save(update_fields=["next_follow_up_at", "next_step", "last_activity_at", "last_contacted_at", "updated_at"])
    live.announce("lead", id=lead.pk, stage=lead.stage_id, owner=lead.assigned_to_id, team=lead.team_id)


def _locked(activity: Activity) -> Activity:
    activity = Activity.objects.select_for_update(of=("self",)).select_related("lead").get(pk=activity.pk)
    if not activity.is_open:
        state = "completed" if activity.completed_at else "cancelled"
        raise ActivityClosed(f"“{activity}” was {state} already.")
    return activity


def _check_moments(scheduled_at: datetime, remind_at: datetime | None) -> None:
    if abs(scheduled_at - timezone.now()) > FURTHEST:
        raise DomainError("Choose a moment within the next five years.", field="scheduled_at")
    if remind_at is not None and remind_at > scheduled_at:
        raise DomainError("A reminder must come before the activity.", field="remind_at")


def _count_as_contact(lead: Lead, activity: Activity) -> None:
    moment = activity.completed_at
    if activity.type in CONTACTS and moment and (not lead.last_contacted_at or lead.last_contacted_at < moment):
        lead.last_contacted_at = moment


def _tell_done(activity: Activity, lead: Lead, *, actor: User) -> None:
    if activity.type in {ActivityType.MEETING, ActivityType.DEMO}:
        journey.record(lead, "meeting_held", actor=actor, name=f"{activity.get_type_display()} held",
                       description=_summary(activity), properties={"activity": str(activity.pk)})  # fmt: skip
        event: JourneyEventType | None = None
    else:
        event = DONE_EVENTS.get(ActivityType(activity.type), JourneyEventType.ACTIVITY_COMPLETED)
    _tell(activity, lead, event, LeadEvent.ACTIVITY_COMPLETED, actor=actor)


def _summary(activity: Activity) -> str:
    return " · ".join(part for part in (str(activity), activity.outcome) if part)


def _tell(
    activity: Activity, lead: Lead, event: JourneyEventType | None, audit_event: LeadEvent, *, actor: User | None
) -> None:
    properties: dict[str, str | uuid.UUID] = {"activity": str(activity.pk), "type": activity.type}
    if activity.scheduled_at:
        properties["scheduled_at"] = activity.scheduled_at.isoformat()
    if event is not None:
        journey.record(lead, event, actor=actor, description=_summary(activity), properties=properties)
    audit.record(audit_event, activity, actor=actor, description=str(activity), metadata={"lead": str(lead.pk)})
    audit.announce(audit_event, lead, actor=actor, payload=properties)
    refresh_next_step(lead)
