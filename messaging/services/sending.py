"""Send what is in the queue: nothing twice, nothing lost, and no guess where nobody knows.

A mail is claimed with a lease under SKIP LOCKED. Its attempt is written down and committed before a byte of it
leaves, so after a crash it is known that it *may* have left. Only what the server said certainly did not take is
tried again by itself; a mail in doubt waits for a person. No row is locked while a server is talked to.
"""

from __future__ import annotations

import logging
import os
import random
import socket
import time
import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.postgres.functions import RandomUUID
from django.core.mail import EmailMultiAlternatives
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from leadcrm.accounts.models import User
from leadcrm.audit import services as audit
from leadcrm.core import live, tenancy
from leadcrm.core.mail import Outcome, Post
from leads.choices import JourneyEventType
from leads.models import Lead
from leads.services import journey
from messaging import attachments, gates, rendering
from messaging.choices import AttemptOutcome, MailState
from messaging.events import EmailEvent
from messaging.models import QueuedEmail, QueuedEmailAttempt
from messaging.services.queued_emails import lock_email

logger = logging.getLogger(__name__)

BATCH = 20
# A run is shorter than the time between two sweeps, so that a full queue never takes every thread of the worker.
RUN_SECONDS = 4.0
# Longer than a conversation with a mail server lasts, each step of which may take ``EMAIL_TIMEOUT``.
LEASE = timedelta(minutes=5)
OUTAGE_PAUSE = timedelta(minutes=1)
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=2)
# With pauses that double up to two hours, this is about a day.
MOST_FAILURES = 16
MOST_CRASHES = 3
DOUBT_ENDS_AFTER = timedelta(hours=72)

OUTCOMES = {
    Outcome.SENT: AttemptOutcome.ACCEPTED,
    Outcome.REFUSED: AttemptOutcome.REJECTED_PERM,
    Outcome.PUT_OFF: AttemptOutcome.REJECTED_TEMP,
    Outcome.OUT_OF_REACH: AttemptOutcome.NOT_SENT,
    Outcome.UNKNOWN: AttemptOutcome.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Claim:
    """A mail that this worker may send as long as the fence is its own."""

    organization_id: uuid.UUID
    pk: uuid.UUID
    fence: uuid.UUID


@dataclass(frozen=True, slots=True)
class Run:
    """What a run did. ``has_more``: it stopped because its time was over."""

    sent: int
    has_more: bool = False


def send_due() -> Run:
    """Send what is due in every organisation, batch by batch in turn; safe in parallel.

    When the mail server is out of reach, the rest waits for the next run.
    """
    recover()
    post, sent, ends = Post(), 0, time.monotonic() + RUN_SECONDS
    try:
        is_working = True
        while is_working and (waiting := _organizations_with_due()):
            is_working = False  # what others hold is due as well, and theirs
            for organization_id in waiting:
                claims = _claim(organization_id)
                is_working = is_working or bool(claims)
                for number, claim in enumerate(claims):
                    outcome = _send(claim, post)
                    sent += outcome is Outcome.SENT
                    is_over = time.monotonic() > ends
                    if outcome is Outcome.OUT_OF_REACH or is_over:
                        _release(claims[number + 1 :], OUTAGE_PAUSE if outcome is Outcome.OUT_OF_REACH else None)
                        return Run(sent, has_more=is_over and outcome is not Outcome.OUT_OF_REACH)
    finally:
        post.close()
    return Run(sent)


def recover() -> int:
    """Take care of what dead workers left behind; return how many mails that were.

    What was only being prepared goes back into the queue, unless it has killed three workers. What was being sent
    is in doubt.
    """
    with tenancy.staff_scope():
        found = list(QueuedEmail.objects.left_behind().values_list("organization_id", "pk")[:200])
    recovered = 0
    for organization_id, pk in found:
        with tenancy.organization_scope(organization_id):
            left = QueuedEmail.objects.left_behind().filter(pk=pk)
            mail = left.select_for_update(skip_locked=True, no_key=True).first()
            if mail is None:
                continue
            recovered += 1
            if mail.state == MailState.SENDING:
                _doubt(mail, "The worker stopped while it was sending this mail.")
                continue
            mail.crash_count += 1
            mail.fence = mail.lease_until = None
            if mail.crash_count >= MOST_CRASHES:
                _fail(mail, "The worker stopped three times while it prepared this mail.")
            else:
                mail.state = MailState.QUEUED
                mail.save()
    return recovered


def close_doubts() -> int:
    """End the wait for news about mails that are in doubt for three days; return how many."""
    with tenancy.staff_scope():
        old = QueuedEmail.objects.in_doubt().filter(in_doubt_since__lt=Now() - DOUBT_ENDS_AFTER)
        found = list(old.values_list("organization_id", "pk")[:1000])
    closed = 0
    for organization_id, pk in found:
        with tenancy.organization_scope(organization_id):
            doubtful = QueuedEmail.objects.in_doubt().filter(pk=pk)
            closed += doubtful.update(state=MailState.UNKNOWN_CLOSED, updated_at=timezone.now())
    return closed


def mark_sent(mail: QueuedEmail, *, actor: User | None = None) -> None:
    """Write down that a mail has left. Call it with the lead and the mail locked.

    Side effects: audit entry; journey event, count of mails and live news of the lead.
    """
    now = timezone.now()
    mail.state, mail.sent_at, mail.last_error = MailState.SENT, now, ""
    mail.lease_until = mail.in_doubt_since = None
    mail.save()
    audit.record(EmailEvent.SENT, mail, actor=actor, description=mail.subject, metadata=_about(mail))
    if mail.lead_id is None:
        return
    lead: Lead = Lead.objects.get(pk=mail.lead_id)
    Lead.objects.filter(pk=lead.pk).update(emails_sent=F("emails_sent") + 1)
    journey.record(
        lead, JourneyEventType.EMAIL_SENT, actor=mail.requested_by, description=mail.subject,
        properties={"mail": str(mail.pk), "template": mail.template},
    )  # fmt: skip
    live.announce("lead", id=lead.pk, stage=lead.stage_id, owner=lead.assigned_to_id, team=lead.team_id)


def worker_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"[:100]


def _organizations_with_due() -> list[uuid.UUID]:
    """Return whose mails are due, whoever has waited longest first; a closed organisation sends nothing."""
    with tenancy.staff_scope():
        due = QueuedEmail.objects.due().filter(organization__is_active=True).order_by("next_attempt_at")
        return list(dict.fromkeys(due.values_list("organization_id", flat=True)[:500]))


def _claim(organization_id: uuid.UUID) -> list[Claim]:
    with tenancy.organization_scope(organization_id):
        due = QueuedEmail.objects.due().order_by("next_attempt_at", "pk")
        locked = due.select_for_update(skip_locked=True, no_key=True)
        found = list(locked.values_list("pk", "not_after", "crash_count")[:BATCH])
        # What was claimed when a worker died is claimed alone: then only the mail that kills workers is blamed.
        calm = [row for row in found if not row[2]]
        taken = [(pk, not_after) for pk, not_after, _ in (found[:1] if found and found[0][2] else calm)]
        now = timezone.now()
        late = [pk for pk, not_after in taken if not_after is not None and not_after <= now]
        for mail in QueuedEmail.objects.filter(pk__in=late):
            mail.state, mail.last_error = MailState.EXPIRED, "The moment that this mail is about had passed."
            mail.save(update_fields=["state", "last_error", "updated_at"])
            audit.record(EmailEvent.HELD_BACK, mail, actor=None, description=mail.last_error, metadata=_about(mail))
        claimed = QueuedEmail.objects.filter(pk__in=[pk for pk, _ in taken if pk not in late])
        claimed.update(state=MailState.CLAIMED, fence=RandomUUID(), lease_until=Now() + LEASE, updated_at=now)
        order = {pk: place for place, (pk, _) in enumerate(taken)}
        fences = sorted(claimed.values_list("pk", "fence"), key=lambda row: order[row[0]])
        return [Claim(organization_id, pk, fence) for pk, fence in fences if fence is not None]


def _release(claims: list[Claim], pause: timedelta | None) -> None:
    """Give back what this run did not come to."""
    if not claims:
        return
    changes = {"next_attempt_at": Now() + pause} if pause else {}
    with tenancy.organization_scope(claims[0].organization_id):
        ours = QueuedEmail.objects.filter(
            pk__in=[claim.pk for claim in claims], fence__in=[claim.fence for claim in claims], state=MailState.CLAIMED
        )
        ours.update(state=MailState.QUEUED, fence=None, lease_until=None, updated_at=timezone.now(), **changes)


def _send(claim: Claim, post: Post) -> Outcome | None:
    """Send one mail; None when there was nothing to send."""
    try:
        with tenancy.organization_scope(claim.organization_id):
            message = _start(claim)
    except Exception:  # one mail that cannot be prepared must not keep those of everybody else
        logger.exception("The mail %s cannot be prepared.", claim.pk)
        with tenancy.organization_scope(claim.organization_id):
            _put_off_unsent(claim)
        return None
    if message is None:
        return None
    outcome = post.send(message)
    with tenancy.organization_scope(claim.organization_id):
        _settle(claim, outcome, post.problem)
    return outcome


def _start(claim: Claim) -> EmailMultiAlternatives | None:
    """Prepare a mail and write down that it is about to leave; None when it must not, or is not ours any more."""
    ours = QueuedEmail.objects.filter(pk=claim.pk, fence=claim.fence, state=MailState.CLAIMED)
    mail = ours.select_related("lead").first()
    if mail is None:
        return None
    message = _message(mail)
    # Asked as late as possible: whoever said "no more mail" a moment ago gets none.
    lead = Lead.objects.filter(pk=mail.lead_id).first() if mail.lead_id else None
    if refusal := gates.refusal(mail.template, mail.recipient, lead):
        if ours.update(state=MailState.SUPPRESSED, fence=None, lease_until=None, last_error=refusal,
                       updated_at=timezone.now()):  # fmt: skip
            audit.record(EmailEvent.HELD_BACK, mail, actor=None, description=refusal, metadata=_about(mail))
        return None
    number = mail.attempt_count + 1
    if not ours.update(state=MailState.SENDING, attempt_count=number, lease_until=Now() + LEASE,
                       updated_at=timezone.now()):  # fmt: skip
        return None
    QueuedEmailAttempt.objects.create(
        pk=claim.fence, organization_id=mail.organization_id, mail=mail, number=number, worker=worker_name()
    )
    return message


def _message(mail: QueuedEmail) -> EmailMultiAlternatives:
    """Return the mail as it is sent."""
    message = EmailMultiAlternatives(
        subject=mail.subject,
        body=mail.body_text,
        from_email=rendering.sender_address(mail.sender_name),
        to=[mail.recipient],
        reply_to=[mail.reply_to] if mail.reply_to else None,
        headers={**mail.headers, "Message-ID": mail.message_id},
    )
    message.attach_alternative(mail.body_html, "text/html")
    for stored in mail.attachments:
        made = attachments.make(stored)
        message.attach(made.name, made.content, made.media_type)
    message.message()  # what cannot be written as a mail fails here, before anything leaves
    return message


def _put_off_unsent(claim: Claim) -> None:
    """Try again later what could not be prepared: its attachment may depend on something that comes back."""
    ours = QueuedEmail.objects.filter(pk=claim.pk, fence=claim.fence, state=MailState.CLAIMED)
    mail = ours.select_for_update(no_key=True).first()
    if mail is not None:
        mail.fence = mail.lease_until = None
        _put_off(mail, "The mail or its attachment could not be made.")


def _settle(claim: Claim, outcome: Outcome, problem: str) -> None:
    """Write down what became of a mail. Whoever comes late, after somebody else has decided, changes nothing."""
    found = QueuedEmail.objects.filter(pk=claim.pk).first()
    if found is None:
        return
    mail = lock_email(found)
    QueuedEmailAttempt.objects.filter(pk=claim.fence).update(
        finished_at=timezone.now(), outcome=OUTCOMES[outcome], response=problem
    )
    if mail.fence != claim.fence or mail.state not in (MailState.SENDING, MailState.UNKNOWN):
        logger.warning("The mail %s was settled by somebody else; this worker saw: %s.", mail.pk, outcome)
        return
    if outcome is Outcome.SENT:
        mark_sent(mail)
    elif outcome is Outcome.REFUSED:
        _fail(mail, problem)
    elif outcome is Outcome.PUT_OFF:
        _put_off(mail, problem)
    elif outcome is Outcome.OUT_OF_REACH:
        _wait(mail, f"The mail server is out of reach: {problem}", _jittered(OUTAGE_PAUSE))
    else:
        _doubt(mail, f"The connection ended before the mail server answered: {problem}")


def _put_off(mail: QueuedEmail, problem: str) -> None:
    mail.failure_count += 1
    if mail.failure_count >= MOST_FAILURES:
        _fail(mail, f"Given up after {mail.failure_count} attempts: {problem}")
        return
    _wait(mail, problem, _jittered(min(FIRST_PAUSE * 2 ** (mail.failure_count - 1), LONGEST_PAUSE)))


def _jittered(pause: timedelta) -> timedelta:
    """Return a pause of 75 to 125 per cent, so that what failed together does not come back together."""
    return pause * random.uniform(0.75, 1.25)  # noqa: S311 — no secret


def _wait(mail: QueuedEmail, problem: str, pause: timedelta) -> None:
    mail.state, mail.lease_until, mail.in_doubt_since = MailState.QUEUED, None, None
    mail.next_attempt_at, mail.last_error = timezone.now() + pause, problem[:500]
    mail.save()


def _fail(mail: QueuedEmail, problem: str) -> None:
    mail.state, mail.lease_until, mail.in_doubt_since = MailState.FAILED_PERM, None, None
    mail.last_error = problem[:500]
    mail.save()
    audit.record(EmailEvent.FAILED, mail, actor=None, description=mail.last_error, metadata=_about(mail))


def _doubt(mail: QueuedEmail, problem: str) -> None:
    """The fence stays: a slow worker that is alive after all may still say what became of its mail."""
    mail.state, mail.lease_until, mail.in_doubt_since = MailState.UNKNOWN, None, timezone.now()
    mail.last_error = problem[:500]
    mail.save()
    mail.attempts.filter(number=mail.attempt_count, finished_at__isnull=True).update(
        finished_at=timezone.now(), outcome=AttemptOutcome.UNKNOWN, response=mail.last_error
    )
    audit.record(EmailEvent.IN_DOUBT, mail, actor=None, description=mail.last_error, metadata=_about(mail))


def _about(mail: QueuedEmail) -> dict[str, str]:
    lead = {"lead": str(mail.lead_id)} if mail.lead_id else {}
    return {"template": mail.template, "to": mail.recipient, **lead}
