"""Remind people of what they planned: by mail, and by a toast in the pages they have open.

A reminder is claimed and stamped in one transaction, and its mail leaves after the commit. So it is sent at
most once: a worker killed in between loses that one mail, and nobody gets two. A mail that certainly did not
leave (no connection, a refusal for now) gives the claim back, and the next minute tries again.
"""

from __future__ import annotations

import logging
import smtplib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from leadcrm.accounts import preferences
from leadcrm.accounts.models import User
from leadcrm.core import formatting, live, tenancy
from leads.models import Activity, Lead

logger = logging.getLogger(__name__)

BATCH = 200
MOST_ATTEMPTS = 30
# A page that hears of a reminder later than this says nothing: the list of the day does.
RINGS_FOR = timedelta(minutes=10)
FOLDER = "emails/leads/reminder"


@dataclass(frozen=True, slots=True)
class Reminder:
    """A claimed reminder and its mail; without a mail the person wants none."""

    activity: Activity
    mail: EmailMultiAlternatives | None


def send_due(*, at: datetime | None = None) -> int:
    """Send what is due in every organisation; return how many mails left.

    Safe in parallel: what another worker has locked or claimed is skipped.
    """
    now = at or timezone.now()
    with tenancy.staff_scope():
        due = Activity.objects.to_remind(now).order_by("organization_id", "remind_at")
        found = list(due.values_list("organization_id", "pk")[:BATCH])
    sent = 0
    for organization_id, rows in groupby(found, key=itemgetter(0)):
        sent += _send_of(organization_id, [pk for _, pk in rows], now)
    return sent


def _send_of(organization_id: uuid.UUID, pks: list[uuid.UUID], now: datetime) -> int:
    with tenancy.organization_scope(organization_id):
        reminders = _claim(pks, now)
    waiting = [reminder for reminder in reminders if reminder.mail is not None]
    if not waiting:
        return 0
    connection: BaseEmailBackend = get_connection()
    try:
        connection.open()
    except (smtplib.SMTPException, OSError) as problem:
        logger.warning("Reminders wait, because the mail server is out of reach: %s", problem)
        _give_back(organization_id, waiting, str(problem))
        return 0
    try:
        return sum(_send(organization_id, connection, reminder) for reminder in waiting)
    finally:
        connection.close()


def _claim(pks: list[uuid.UUID], now: datetime) -> list[Reminder]:
    """Stamp the reminders that are still due and nobody else's, and write their mails."""
    ours = list(
        Activity.objects.to_remind(now)
        .filter(pk__in=pks)
        .order_by("pk")
        .select_for_update(skip_locked=True, no_key=True)
        .values_list("pk", flat=True)
    )
    claimed = []
    rows = Activity.objects.filter(pk__in=ours).select_related("user", "lead__assigned_to", "lead__organization")
    for activity in rows:
        person = activity.user or activity.lead.assigned_to
        attempts = int(activity.metadata.get("reminder", {}).get("attempts", 0)) + 1
        activity.reminded_at = now
        if person is None or not _may_hear(person, activity):
            _note(activity, state="skipped", attempts=attempts)
            continue
        wants_mail = bool(preferences.of(person)["email_reminders"])
        _note(activity, state="sending" if wants_mail else "shown", attempts=attempts)
        if attempts == 1:
            live.announce("notification", id=activity.pk, user=person.pk)
        claimed.append(Reminder(activity, _mail(activity, person, now) if wants_mail else None))
    return claimed


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
            subject=subject, body=render_to_string(f"{FOLDER}/body.txt", context), to=[person.email]
        )
        mail.attach_alternative(render_to_string(f"{FOLDER}/body.html", context | {"subject": subject}), "text/html")
    return mail


def _send(organization_id: uuid.UUID, connection: BaseEmailBackend, reminder: Reminder) -> int:
    try:
        connection.send_messages([reminder.mail])  # type: ignore[list-item]
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException) as refusal:
        code, words = _reply(refusal)
        if code < 500:
            _give_back(organization_id, [reminder], words)
        else:
            logger.warning("The reminder %s was refused: %s", reminder.activity.pk, words)
            _finish(organization_id, [reminder], "refused")
        return 0
    except (smtplib.SMTPException, OSError):
        # The message may have been taken before the connection broke, so it is not sent again.
        logger.exception("Nobody knows whether the reminder %s arrived.", reminder.activity.pk)
        _finish(organization_id, [reminder], "unknown")
        return 0
    _finish(organization_id, [reminder], "sent")
    return 1


def _reply(refusal: smtplib.SMTPException) -> tuple[int, str]:
    if isinstance(refusal, smtplib.SMTPRecipientsRefused):
        code, words = next(iter(refusal.recipients.values()))
        return code, str(words)
    assert isinstance(refusal, smtplib.SMTPResponseException)  # noqa: S101 — the only other kind that comes here
    return refusal.smtp_code, str(refusal.smtp_error)


def _give_back(organization_id: uuid.UUID, reminders: Iterable[Reminder], words: str) -> None:
    """Let the next run try again, unless it was tried too often."""
    with tenancy.organization_scope(organization_id):
        for reminder in reminders:
            activity = reminder.activity
            if activity.metadata["reminder"]["attempts"] >= MOST_ATTEMPTS:
                _note(activity, state="failed", attempts=MOST_ATTEMPTS)
                logger.error("The reminder %s is given up: %s", activity.pk, words)
                continue
            stamped = Activity.objects.filter(pk=activity.pk, reminded_at=activity.reminded_at)
            _merge(activity, state="waiting")
            stamped.update(reminded_at=None, metadata=activity.metadata)


def _finish(organization_id: uuid.UUID, reminders: Iterable[Reminder], state: str) -> None:
    with tenancy.organization_scope(organization_id):
        for reminder in reminders:
            _merge(reminder.activity, state=state)
            Activity.objects.filter(pk=reminder.activity.pk).update(metadata=reminder.activity.metadata)


def _note(activity: Activity, *, state: str, attempts: int) -> None:
    rang_at = activity.metadata.get("reminder", {}).get("rang_at") if attempts > 1 else None
    stamp = activity.reminded_at.isoformat() if activity.reminded_at else ""
    _merge(activity, state=state, attempts=attempts, rang_at=rang_at or stamp)
    Activity.objects.filter(pk=activity.pk).update(reminded_at=activity.reminded_at, metadata=activity.metadata)


def _merge(activity: Activity, **entries: object) -> None:
    activity.metadata = {**activity.metadata, "reminder": {**activity.metadata.get("reminder", {}), **entries}}


def rings_now(activity: Activity, *, at: datetime) -> bool:
    """Tell whether a reminder has just rung, so that a page that hears of it may say so."""
    rang_at = activity.metadata.get("reminder", {}).get("rang_at")
    return bool(rang_at) and activity.is_open and at - datetime.fromisoformat(rang_at) < RINGS_FOR
