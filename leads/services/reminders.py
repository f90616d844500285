"""Remind people of what they planned: by mail, and by a toast in the pages they have open.

A reminder is claimed with a lease, its mail leaves after that commit, and only what the mail server has taken is
stamped. A worker that is killed in between loses nothing: when its lease is over, the next run sends the mail.
It goes out twice only when a worker dies in the moment between the server's word and the stamp, and then both
copies carry one Message-ID, by which mailboxes tell that they are the same.
"""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from leadcrm.accounts import preferences
from leadcrm.accounts.models import User
from leadcrm.core import formatting, live, tenancy
from leadcrm.core.mail import Outcome, Post
from leads.models import Activity, Lead

logger = logging.getLogger(__name__)

BATCH = 200
# Longer than a conversation with a mail server lasts, each step of which may take ``EMAIL_TIMEOUT``.
LEASE = timedelta(minutes=5)
OUTAGE_PAUSE = timedelta(minutes=2)
# With pauses that double up to an hour, this is about a day.
MOST_ATTEMPTS = 30
LONGEST_PAUSE = timedelta(hours=1)
# A page that hears of a reminder later than this says nothing: the list of the day does.
RINGS_FOR = timedelta(minutes=10)
FOLDER = "emails/leads/reminder"


@dataclass(frozen=True, slots=True)
class Claim:
    """A mail that this worker may send for as long as the lease is its own."""

    activity_id: uuid.UUID
    lease_until: datetime
    mail: EmailMultiAlternatives


def send_due(*, at: datetime | None = None) -> int:
    """Send what is due in every organisation, the longest due first; return how many mails left.

    Safe in parallel: what another worker has locked or claimed is skipped. While the mail server is out of
    reach, the pages that are open are told all the same.
    """
    with tenancy.staff_scope():
        due = Activity.objects.to_remind(at or timezone.now()).order_by("remind_at")
        found = list(due.values_list("organization_id", "pk")[:BATCH])
    sent = 0
    post = Post()
    try:
        for organization_id, pk in found:
            sent += _remind(organization_id, pk, post, at or timezone.now())
    finally:
        post.close()
    return sent


def _remind(organization_id: uuid.UUID, pk: uuid.UUID, post: Post, now: datetime) -> bool:
    try:
        with tenancy.organization_scope(organization_id):
            claim = _claim(pk, now)
    except Exception:  # a reminder that cannot be written must not silence those of everybody else
        logger.exception("The reminder %s cannot be written.", pk)
        return False
    if claim is None:
        return False
    outcome = post.send(claim.mail)
    with tenancy.organization_scope(organization_id):
        _settle(claim, outcome, now)
    return outcome is Outcome.SENT


def _claim(pk: uuid.UUID, now: datetime) -> Claim | None:
    """Lease a reminder that is still due and nobody else's; None when there is no mail to send for it."""
    activity = Activity.objects.to_remind(now).filter(pk=pk).select_for_update(skip_locked=True, no_key=True).first()
    if activity is None:
        return None
    person = activity.user or activity.lead.assigned_to
    if person is None or not _may_hear(person, activity):
        _note(activity, reminded_at=now, state="skipped")
        return None
    rang_at = _memory(activity).get("rang_at")
    if rang_at is None:
        live.announce("notification", id=activity.pk, user=person.pk)
    rang_at = rang_at or now.isoformat()
    if not preferences.of(person)["email_reminders"]:
        _note(activity, reminded_at=now, state="shown", rang_at=rang_at)
        return None
    lease_until = now + LEASE
    _note(activity, lease_until=lease_until, state="sending", rang_at=rang_at)
    return Claim(activity.pk, lease_until, _mail(activity, person, now))


def _may_hear(person: User, activity: Activity) -> bool:
    """Tell whether the person still works here and still sees the lead."""
    return person.is_active and Lead.objects.visible_to(person).filter(pk=activity.lead_id).exists()


def _mail(activity: Activity, person: User, now: datetime) -> EmailMultiAlternatives:
    lead = activity.lead
    with timezone.override(lead.organization.tzinfo):
        context = {
            "activity": activity,
            "lead": lead,
            "person": person,
            "due": formatting.due(activity.scheduled_at, now=now)[1] if activity.scheduled_at else "",
            "moment": formatting.moment(activity.scheduled_at) if activity.scheduled_at else "",
            "time_zone": lead.organization.time_zone,
            "url": settings.SITE_URL.rstrip("/") + reverse("leads:lead_detail", args=[lead.pk]),
        }
        # A header has one line, whatever somebody typed into a name.
        subject = " ".join(render_to_string(f"{FOLDER}/subject.txt", context).split())
        mail = EmailMultiAlternatives(
            subject=subject,
            body=render_to_string(f"{FOLDER}/body.txt", context),
            to=[person.email],
            headers={"Message-ID": _message_id(activity)},
        )
        mail.attach_alternative(render_to_string(f"{FOLDER}/body.html", context | {"subject": subject}), "text/html")
    return mail


def _message_id(activity: Activity) -> str:
    """Return the same for every attempt, and another one when the activity is to ring at another moment."""
    moment = int(activity.remind_at.timestamp()) if activity.remind_at else 0
    return f"<reminder.{activity.pk}.{moment}@{urlsplit(settings.SITE_URL).hostname or 'localhost'}>"


def _settle(claim: Claim, outcome: Outcome, now: datetime) -> None:
    """Write down what became of a mail, unless the reminder was set anew or taken over in the meantime."""
    ours = Activity.objects.filter(pk=claim.activity_id, reminder_lease_until=claim.lease_until)
    activity = ours.select_for_update(no_key=True).first()
    if activity is None:
        return
    if outcome is Outcome.OUT_OF_REACH:
        _note(activity, lease_until=now + OUTAGE_PAUSE, state=outcome)
        return
    if outcome is not Outcome.PUT_OFF:
        _note(activity, reminded_at=now, state=outcome)
        return
    put_off = int(_memory(activity).get("put_off", 0)) + 1
    if put_off >= MOST_ATTEMPTS:
        logger.error("The reminder %s is given up after %s attempts.", activity.pk, put_off)
        _note(activity, reminded_at=now, state="failed", put_off=put_off)
        return
    pause = min(timedelta(minutes=2**put_off), LONGEST_PAUSE)
    _note(activity, lease_until=now + pause, state=outcome, put_off=put_off)


def _note(
    activity: Activity, *, reminded_at: datetime | None = None, lease_until: datetime | None = None, **entries: object
) -> None:
    """Write the columns of the reminder of a locked activity, and merge ``entries`` into what is known of it."""
    activity.reminded_at, activity.reminder_lease_until = reminded_at, lease_until
    activity.metadata = {**activity.metadata, "reminder": {**_memory(activity), **entries}}
    activity.save(update_fields=["reminded_at", "reminder_lease_until", "metadata"])


def _memory(activity: Activity) -> dict[str, Any]:
    memory: dict[str, Any] = activity.metadata.get("reminder", {})
    return memory


def rings_now(activity: Activity, *, at: datetime) -> bool:
    """Tell whether a reminder has just rung, so that a page that hears of it may say so."""
    rang_at = activity.metadata.get("reminder", {}).get("rang_at")
    return bool(rang_at) and activity.is_open and at - datetime.fromisoformat(rang_at) < RINGS_FOR
