"""Plan, change, complete and cancel human work; the lead's next step follows from what is open.

Every verb locks the lead before it looks at its activities, so that two people who plan at once leave the
earlier of both as the next step.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from leadcrm.accounts.models import User
from leadcrm.audit import services as audit
from leadcrm.core import live
from leadcrm.core.errors import DomainError
from leads import signals
from leads.choices import PLANNABLE_TYPES, ActivityType, JourneyEventType
from leads.events import LeadEvent
from leads.models import Activity, Lead
from leads.services import journey
from leads.services.locking import lock_lead

FURTHEST = timedelta(days=5 * 366)
LONGEST_DESCRIPTION = 20_000
LONGEST_MINUTES = 7 * 24 * 60

CONTACTS = {ActivityType.CALL, ActivityType.EMAIL, ActivityType.MEETING, ActivityType.DEMO,
            ActivityType.SOCIAL_INTERACTION}  # fmt: skip
# Work that counts as a human event of the lead itself: it was there.
MEETINGS = (ActivityType.MEETING, ActivityType.DEMO)


class ActivityClosed(DomainError):
    """The activity was completed or cancelled already."""

    code = "activity_closed"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be done, when, and by whom; without a person it is the whole team's."""

    type: str
    scheduled_at: datetime
    subject: str = ""
    description: str = ""
    user: User | None = None
    duration_minutes: int | None = None
    remind_at: datetime | None = None


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

    Raises: DomainError when the moment is absurd, the reminder comes after it or has nobody to remind, or the
    person cannot see the lead.
    Side effects: journey and audit entries, domain event, signal ``activity_changed``; the lead's next step.
    """
    lead = lock_lead(lead.pk)
    plan = Plan(
        type=type, scheduled_at=scheduled_at, subject=subject, description=description, user=user,
        duration_minutes=duration_minutes, remind_at=remind_at,
    )  # fmt: skip
    _check_plan(plan, lead, actor)
    activity = Activity.objects.create(organization_id=lead.organization_id, lead=lead, **_columns(plan))
    event = JourneyEventType.MEETING_SCHEDULED if type in MEETINGS else JourneyEventType.ACTIVITY_PLANNED
    _tell(activity, lead, event, LeadEvent.ACTIVITY_PLANNED, actor=actor)
    signals.activity_changed.send(Activity, activity=activity, lead=lead, actor=actor, is_new=True)
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

    Raises: DomainError when the moment lies in the future or more than five years back.
    Side effects: journey and audit entries, domain event; a meeting counts for the lead's engagement.
    """
    lead = lock_lead(lead.pk)
    now = timezone.now()
    completed_at = completed_at or now
    if completed_at > now + timedelta(minutes=1):
        raise DomainError("What is done cannot lie in the future; plan it instead.", field="completed_at")
    if completed_at < now - FURTHEST:
        raise DomainError("Choose a moment within the last five years.", field="completed_at")
    _check_texts(type, subject, description, outcome, duration_minutes)
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
    _done(activity, lead, actor=actor)
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
    activity, lead = _locked(activity)
    plan = Plan(
        type=type, scheduled_at=scheduled_at, subject=subject, description=description, user=user,
        duration_minutes=duration_minutes, remind_at=remind_at,
    )  # fmt: skip
    _check_plan(plan, lead, actor)
    before = {name: getattr(activity, name) for name in _columns(plan)}
    if remind_at != activity.remind_at:
        activity.reminded_at = activity.reminder_lease_until = None
        activity.metadata.pop("reminder", None)
    for name, value in _columns(plan).items():
        setattr(activity, name, value)
    changes = {name: (_plain(old), _plain(getattr(activity, name))) for name, old in before.items()
               if old != getattr(activity, name)}  # fmt: skip
    if changes:
        activity.save()
        audit.record(LeadEvent.ACTIVITY_UPDATED, activity, actor=actor, description=str(activity), changes=changes)
        refresh_next_step(lead)
        before_user = before["user"]
        stamp_work(activity.user_id, before_user.pk if isinstance(before_user, User) else None)
        signals.activity_changed.send(Activity, activity=activity, lead=lead, actor=actor, is_new=False)
    return activity


@transaction.atomic
def reschedule_activity(*, activity: Activity, scheduled_at: datetime, actor: User) -> Activity:
    """Move an open activity to another moment; its reminder moves with it.

    Raises: ActivityClosed, DomainError.
    """
    activity, _ = _locked(activity)
    remind_at = activity.remind_at
    if remind_at is not None and activity.scheduled_at is not None:
        remind_at += scheduled_at - activity.scheduled_at
    return change_activity(
        activity=activity, actor=actor, type=activity.type, subject=activity.subject,
        description=activity.description, scheduled_at=scheduled_at, user=activity.user,
        duration_minutes=activity.duration_minutes, remind_at=remind_at,
    )  # fmt: skip


@transaction.atomic
def complete_activity(
    *,
    activity: Activity,
    actor: User,
    outcome: str = "",
    duration_minutes: int | None = None,
    then: Plan | None = None,
) -> Activity:
    """Mark work as done now, and plan what comes after it when ``then`` is given.

    Raises: ActivityClosed; DomainError when ``then`` cannot be planned, and then nothing is saved.
    """
    activity, lead = _locked(activity)
    _check_texts(activity.type, activity.subject, activity.description, outcome, duration_minutes)
    activity.completed_at = timezone.now()
    activity.outcome = outcome.strip() or activity.outcome
    activity.duration_minutes = duration_minutes or activity.duration_minutes
    activity.user = activity.user or actor
    activity.save()
    _done(activity, lead, actor=actor)
    signals.activity_changed.send(Activity, activity=activity, lead=lead, actor=actor, is_new=False)
    if then is not None:
        plan_activity(lead=lead, actor=actor, **vars(then))
    return activity


@transaction.atomic
def reopen_activity(*, activity: Activity, actor: User) -> Activity:
    """Take back a completion or a cancellation; an open activity is left as it is."""
    lead = lock_lead(activity.lead_id)
    activity = Activity.objects.select_for_update().get(pk=activity.pk)
    if activity.is_open:
        return activity
    activity.completed_at = activity.cancelled_at = None
    activity.scheduled_at = activity.scheduled_at or timezone.now()
    activity.save()
    audit.record(LeadEvent.ACTIVITY_UPDATED, activity, actor=actor, description=f"{activity}: open again")
    refresh_next_step(lead)
    stamp_work(activity.user_id)
    signals.activity_changed.send(Activity, activity=activity, lead=lead, actor=actor, is_new=False)
    if activity.type in MEETINGS:
        _rescore(lead, actor)
    return activity


@transaction.atomic
def cancel_activity(*, activity: Activity, actor: User) -> Activity:
    """Take an open activity off the list.

    Raises: ActivityClosed.
    """
    activity, lead = _locked(activity)
    activity.cancelled_at = timezone.now()
    activity.save()
    _tell(activity, lead, JourneyEventType.ACTIVITY_CANCELLED, LeadEvent.ACTIVITY_CANCELLED, actor=actor)
    signals.activity_changed.send(Activity, activity=activity, lead=lead, actor=actor, is_new=False)
    return activity


def hand_over(*, lead_ids: Iterable[uuid.UUID], to: User | None, before: Collection[uuid.UUID | None]) -> int:
    """Give the open work on leads to their new owner: what nobody had, and what the owners ``before`` had.

    Work of third persons stays theirs. Returns how many activities changed hands.
    """
    theirs = Q(user__in=[owner for owner in before if owner is not None])
    if to is not None:
        theirs |= Q(user__isnull=True)
    changed = Activity.objects.open().filter(theirs, lead__in=list(lead_ids))
    # Whom a lead meets is news for it; who makes a call is not.
    meetings = list(changed.filter(type__in=MEETINGS).select_related("lead"))
    stamp_work(to.pk if to else None, *before)
    count = changed.update(user=to, updated_at=timezone.now())
    for activity in meetings:
        activity.user = to
        signals.activity_changed.send(Activity, activity=activity, lead=activity.lead, actor=None, is_new=False)
    return count


def stamp_work(*person_ids: uuid.UUID | None) -> None:
    """Tell, after the commit, that the work of these people changed; then nobody's row stays locked.

    Every request reads the person's row, so a figure that is kept elsewhere knows its age without a query.
    """
    people = sorted({pk for pk in person_ids if pk is not None})

    def stamp() -> None:
        for pk in people:
            User.objects.filter(pk=pk).update(work_changed_at=timezone.now())

    if people:
        transaction.on_commit(stamp, robust=True)


def refresh_next_step(lead: Lead, *, contacted_at: datetime | None = None) -> None:
    """Set the lead's next step to its earliest open activity, and note that somebody worked on it.

    Call it with the lead locked.
    """
    upcoming = (
        Activity.objects.open()
        .filter(lead=lead, scheduled_at__isnull=False)
        .order_by("scheduled_at", "id")
        .values_list("scheduled_at", "type")
        .first()
    )
    lead.next_follow_up_at, lead.next_step = upcoming or (None, "")
    lead.last_activity_at = lead.updated_at = timezone.now()
    columns = ["next_follow_up_at", "next_step", "last_activity_at", "updated_at"]
    if contacted_at is not None and (lead.last_contacted_at is None or lead.last_contacted_at < contacted_at):
        lead.last_contacted_at = contacted_at
        columns.append("last_contacted_at")
    # Only these columns: the caller's copy of the others may be older than the row.
    lead.save(update_fields=columns)
    live.announce("lead", id=lead.pk, stage=lead.stage_id, owner=lead.assigned_to_id, team=lead.team_id)


def _locked(activity: Activity) -> tuple[Activity, Lead]:
    lead = lock_lead(activity.lead_id)
    activity = Activity.objects.select_for_update().get(pk=activity.pk)
    if not activity.is_open:
        state = "completed" if activity.completed_at else "cancelled"
        raise ActivityClosed(f"“{activity}” was {state} already.")
    activity.lead = lead
    return activity, lead


def _columns(plan: Plan) -> dict[str, object]:
    return {
        "type": plan.type,
        "subject": plan.subject.strip(),
        "description": plan.description.strip(),
        "scheduled_at": plan.scheduled_at,
        "user": plan.user,
        "duration_minutes": plan.duration_minutes,
        "remind_at": plan.remind_at,
    }


def _check_plan(plan: Plan, lead: Lead, actor: User | None) -> None:
    if plan.type not in PLANNABLE_TYPES:
        raise DomainError("A note is not planned; write it on the lead.", field="type")
    _check_texts(plan.type, plan.subject, plan.description, "", plan.duration_minutes)
    if abs(plan.scheduled_at - timezone.now()) > FURTHEST:
        raise DomainError("Choose a moment within the next five years.", field="scheduled_at")
    if plan.remind_at is not None and plan.remind_at > plan.scheduled_at:
        raise DomainError("A reminder must come before the activity.", field="remind_at")
    if plan.remind_at is not None and plan.user is None:
        raise DomainError("A reminder needs a person to remind.", field="remind_at")
    person = plan.user
    if person is None or person.pk in (lead.assigned_to_id, actor.pk if actor else None):
        return
    if not person.is_active or not Lead.objects.visible_to(person).filter(pk=lead.pk).exists():
        raise DomainError(f"{person} does not see this lead. Assign the lead first.", field="user")


def _check_texts(type: str, subject: str, description: str, outcome: str, duration_minutes: int | None) -> None:
    if type not in ActivityType.values:
        raise DomainError("Choose what kind of activity this is.", field="type")
    limits = {"subject": (subject, 500), "description": (description, LONGEST_DESCRIPTION), "outcome": (outcome, 255)}
    for name, (text, most) in limits.items():
        if len(text.strip()) > most:
            raise DomainError(f"The {name} has at most {most:,} characters.", field=name)
        if "\x00" in text:
            raise DomainError(f"The {name} has characters that cannot be stored.", field=name)
    if duration_minutes is not None and not 0 <= duration_minutes <= LONGEST_MINUTES:
        raise DomainError("The duration must be from 0 minutes to a week.", field="duration_minutes")


def _done(activity: Activity, lead: Lead, *, actor: User) -> None:
    if activity.type in MEETINGS:
        event, name = "meeting_held", f"{activity.get_type_display()} held"
    elif activity.type == ActivityType.CALL:
        event, name = JourneyEventType.CALL_MADE, ""
    else:
        event, name = JourneyEventType.ACTIVITY_COMPLETED, ""
    contacted_at = activity.completed_at if activity.type in CONTACTS else None
    _tell(
        activity, lead, event, LeadEvent.ACTIVITY_COMPLETED, actor=actor, name=name, contacted_at=contacted_at,
        occurred_at=activity.completed_at,
    )  # fmt: skip
    if activity.type in MEETINGS:
        _rescore(lead, actor)


def _rescore(lead: Lead, actor: User | None) -> None:
    from leads.services import scoring  # it plans follow-ups, so it imports this module

    scoring.rescore(lead=lead, actor=actor)


def _summary(activity: Activity) -> str:
    return " · ".join(part for part in (str(activity), activity.outcome) if part)


def _plain(value: object) -> str | int | None:
    return value if isinstance(value, (int, type(None))) else str(value)


def _tell(
    activity: Activity,
    lead: Lead,
    event: str,
    audit_event: LeadEvent,
    *,
    actor: User | None,
    name: str = "",
    contacted_at: datetime | None = None,
    occurred_at: datetime | None = None,
) -> None:
    properties = {"activity": str(activity.pk), "type": activity.type}
    if activity.scheduled_at:
        properties["scheduled_at"] = activity.scheduled_at.isoformat()
    journey.record(
        lead, event, actor=actor, name=name, description=_summary(activity), properties=properties,
        occurred_at=occurred_at,
    )  # fmt: skip
    audit.record(audit_event, activity, actor=actor, description=str(activity), metadata={"lead": str(lead.pk)})
    audit.announce(audit_event, lead, actor=actor, payload=properties)
    refresh_next_step(lead, contacted_at=contacted_at)
    stamp_work(activity.user_id)
