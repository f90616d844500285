"""Remind leads of meetings. The queue follows the plan: what changes in it, changes what is queued.

Called with the lead locked, by the service that changes the activity, in its transaction.
"""

from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from leadcrm.audit import settings as options
from leadcrm.core.errors import DomainError
from leads.models import Activity
from leads.services.activities import MEETINGS
from messaging import gates, mail_templates, rendering, texts
from messaging.attachments import Attachment
from messaging.choices import PENDING_STATES, MailState, Template
from messaging.models import QueuedEmail
from messaging.services import queued_emails
from messaging.services.queued_emails import MailMovedOn

if TYPE_CHECKING:
    from leadcrm.accounts.models import User
    from leads.models import Lead

logger = logging.getLogger(__name__)

# Somebody who has just typed a wrong day can still correct it.
TIME_TO_CORRECT = timedelta(minutes=1)
# A calendar needs an end.
USUAL_MINUTES = 30
# States in which the lead has heard of the meeting, or may have.
TOLD_STATES = (MailState.SENDING, MailState.SENT, MailState.UNKNOWN, MailState.UNKNOWN_CLOSED)
# What the lead has to hear again when it changes.
FACTS = ("starts_at", "ends_at", "place")


def follow_all(*, lead: Lead, actor: User | None) -> None:
    """Bring the queue in line with every open meeting of a lead, after its address or the mark on it changed."""
    for activity in Activity.objects.open().filter(lead=lead, type__in=MEETINGS):
        follow(activity=activity, lead=lead, actor=actor)


def follow(*, activity: Activity, lead: Lead, actor: User | None) -> QueuedEmail | None:
    """Bring the queue in line with an activity: one mail for a meeting that will be, none for anything else.

    Who was reminded already hears of a new time at once. Returns the mail that was queued, if one was.
    """
    mails = list(QueuedEmail.objects.about(activity.pk).order_by("created_at", "pk"))
    data = _data(activity, lead) if _is_wanted(activity, lead) else None
    told = [mail for mail in mails if mail.state in TOLD_STATES]
    for mail in [mail for mail in mails if mail.state in PENDING_STATES and mail not in told]:
        if data is not None and mail.recipient == lead.email and _same(mail.data, data, tuple(data)):
            return None
        try:
            queued_emails.cancel_email(mail=mail, actor=actor)
        except MailMovedOn:  # it left in this moment
            told.append(mail)
    if data is None or (told and told[-1].recipient == lead.email and _same(told[-1].data, data, FACTS)):
        return None
    return _queue(activity, lead, data, known=len(mails), told=len(told))


def _is_wanted(activity: Activity, lead: Lead) -> bool:
    return bool(
        activity.type in MEETINGS
        and activity.is_open
        and activity.scheduled_at
        and activity.scheduled_at > timezone.now() + TIME_TO_CORRECT
        and lead.email
        and options.get("messaging.reminder_hours")
        and not gates.refusal(Template.MEETING_REMINDER, lead.email, lead)
    )


def _data(activity: Activity, lead: Lead) -> dict[str, Any]:
    person = activity.user or lead.assigned_to
    starts_at: datetime = activity.scheduled_at  # type: ignore[assignment]  # a wanted one has a time
    minutes = activity.duration_minutes
    return mail_templates.get(Template.MEETING_REMINDER).clean(
        {
            "name": lead.full_name,
            "subject": activity.subject,
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(minutes=minutes) if minutes else None,
            "place": str(activity.metadata.get("place", "")),
            "host": person.full_name if person else "",
        }
    )


def _same(stored: dict[str, Any], data: dict[str, Any], names: tuple[str, ...]) -> bool:
    now = json.loads(json.dumps(data, cls=DjangoJSONEncoder))
    return all(stored.get(name) == now.get(name) for name in names if name != "is_change")


def _queue(activity: Activity, lead: Lead, data: dict[str, Any], *, known: int, told: int) -> QueuedEmail | None:
    starts_at: datetime = data["starts_at"]
    earliest = timezone.now() + TIME_TO_CORRECT
    hours = timedelta(hours=int(options.get("messaging.reminder_hours")))
    try:
        return queued_emails.queue_email(
            template=Template.MEETING_REMINDER,
            to=[lead.email],
            data={**data, "is_change": told > 0},
            lead=lead,
            dedupe_key=f"meeting_reminder:{activity.pk}:{known}",
            due_at=earliest if told else max(starts_at - hours, earliest),
            not_after=starts_at,
            attachments=[_calendar_entry(activity, lead, data, sequence=told)],
            about_id=activity.pk,
        )
    except DomainError as refusal:
        logger.info("The meeting %s gets no reminder: %s", activity.pk, refusal.message)
        return None


def _calendar_entry(activity: Activity, lead: Lead, data: dict[str, Any], *, sequence: int) -> Attachment:
    person = activity.user or lead.assigned_to
    ends_at = data["ends_at"] or data["starts_at"] + timedelta(minutes=USUAL_MINUTES)
    sender = rendering.sender_name(lead.organization)
    organizer = {"name": texts.one_line(person.full_name, 100), "email": person.email} if person else {}
    return Attachment(
        name="meeting.ics",
        media_type="text/calendar",
        maker="messaging.calendar_entry",
        arguments={
            "uid": f"{activity.pk}@{rendering.host()}",
            "sequence": sequence,
            "stamp": timezone.now().isoformat(),
            "starts_at": data["starts_at"].isoformat(),
            "ends_at": ends_at.isoformat(),
            "summary": f"{data['subject'] or activity.get_type_display()} ({sender})",
            "place": data["place"],
            "organizer": organizer,
        },
    )
