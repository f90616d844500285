"""Queue a mail, and decide about one that is in the queue. Sending is the business of ``sending``.

What a mail says is written here, once, in the transaction of the change that causes it: when that is rolled back,
there is no mail, and when it commits, the mail is there even if nobody hears the bell.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from celery import current_app
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from leadcrm.accounts.models import Organization
from leadcrm.audit import services as audit
from leadcrm.audit import settings as options
from leadcrm.core import tenancy
from leadcrm.core.errors import DomainError
from leadcrm.core.models import new_id
from messaging import gates, mail_templates, rendering
from messaging.attachments import MAKERS, Attachment
from messaging.choices import MailState, Resolution
from messaging.events import EmailEvent
from messaging.mail_templates import Purpose
from messaging.models import QueuedEmail

if TYPE_CHECKING:
    from leadcrm.accounts.models import User
    from leads.models import Lead

logger = logging.getLogger(__name__)

MOST_RECIPIENTS = 20
TASK = "messaging.send_due"


class MailRefused(DomainError):
    """This mail must not go to this person."""

    code = "mail_refused"


class MailMovedOn(DomainError):
    """The mail is not in the state any more in which this can be done."""

    code = "mail_moved_on"


@transaction.atomic
def queue_email(
    *,
    template: str,
    to: Sequence[str],
    data: Mapping[str, Any],
    lead: Lead | None = None,
    actor: User | None = None,
    dedupe_key: str = "",
    due_at: datetime | None = None,
    not_after: datetime | None = None,
    attachments: Sequence[Attachment] = (),
    about_id: uuid.UUID | None = None,
) -> QueuedEmail:
    """Put a mail into the queue of the organisation of the scope; return it, or the one that has the key already.

    Several addresses get a mail each, without seeing one another; the first of them is returned. ``not_after`` is
    the moment from which the mail makes no sense any more.

    Raises: MailRefused when nobody may write to the person; DomainError for an address that is none; ValueError for
    data that the template does not know.
    Side effects: audit entry; rings for the worker after the commit.
    """
    if dedupe_key and (existing := _with_key(dedupe_key)):
        return existing
    spec = mail_templates.get(template)
    clean = spec.clean(data)
    addresses = _addresses(to)
    _check_attachments(attachments)
    for address in addresses:
        if refusal := gates.refusal(template, address, lead):
            raise MailRefused(refusal)
    organization = lead.organization if lead is not None else _organization()
    reply_to = _reply_to(lead)
    headers = _headers(spec, clean, reply_to)
    rendered = rendering.render(template, clean, organization=organization, reply_to=reply_to)
    now = timezone.now()
    mails = []
    for number, address in enumerate(addresses):
        pk = new_id()
        mails.append(
            QueuedEmail(
                pk=pk, organization=organization, template=template, recipient=address,
                recipient_norm=address.lower(), sender_name=rendering.sender_name(organization), reply_to=reply_to,
                subject=rendered.subject, body_text=rendered.text, body_html=rendered.html, headers=headers,
                data=clean, attachments=[attachment.as_json() for attachment in attachments],
                message_id=f"<{pk.hex}@{rendering.host()}>", lead=lead, about_id=about_id, requested_by=actor,
                dedupe_key=dedupe_key, copy_number=number, due_at=due_at or now, next_attempt_at=due_at or now,
                not_after=not_after,
            )
        )  # fmt: skip
    # Of two who queue one key at the same moment, the later waits here for the earlier, and then has nothing to add.
    QueuedEmail.objects.bulk_create(mails[:1], ignore_conflicts=bool(dedupe_key))
    if dedupe_key and (winner := _with_key(dedupe_key)) and winner.pk != mails[0].pk:
        return winner
    QueuedEmail.objects.bulk_create(mails[1:])
    for mail in mails:
        audit.record(
            EmailEvent.QUEUED, mail, actor=actor, description=mail.subject,
            metadata={"template": template, "to": mail.recipient} | ({"lead": str(lead.pk)} if lead else {}),
        )  # fmt: skip
    if mails[0].next_attempt_at <= now:
        ring()
    return mails[0]


def ring() -> None:
    """Tell the worker after the commit; once, however many mails were queued. A lost message costs a few seconds."""
    memo = tenancy.current_scope().memo
    if "messaging.rung" not in memo:
        memo["messaging.rung"] = True
        transaction.on_commit(ring_now, robust=True)


def ring_now() -> None:
    """Tell the worker that something is due."""
    try:
        current_app.send_task(TASK)
    except OSError:
        logger.warning("The broker is out of reach; the sweep will send what is due.")


@transaction.atomic
def retry_email(*, mail: QueuedEmail, actor: User | None) -> QueuedEmail:
    """Put a mail that did not leave into the queue again, as it is, due now.

    Raises: MailMovedOn; MailRefused when nobody may write to the person, or the moment has passed.
    """
    mail = lock_email(mail)
    if not mail.is_retryable:
        raise MailMovedOn(f"This mail cannot be sent again: it is {_words(mail)}.")
    _requeue(mail)
    audit.record(EmailEvent.RETRIED, mail, actor=actor, description=mail.subject)
    return mail


@transaction.atomic
def cancel_email(*, mail: QueuedEmail, actor: User | None) -> QueuedEmail:
    """Take a mail out of the queue, unless it is on its way.

    Raises: MailMovedOn.
    """
    mail = lock_email(mail)
    if not mail.is_cancellable:
        raise MailMovedOn(f"This mail cannot be cancelled: it is {_words(mail)}.")
    mail.state, mail.fence, mail.lease_until = MailState.CANCELLED, None, None
    mail.save(update_fields=["state", "fence", "lease_until", "updated_at"])
    audit.record(EmailEvent.CANCELLED, mail, actor=actor, description=mail.subject)
    return mail


@transaction.atomic
def resolve_email(*, mail: QueuedEmail, resolution: str, actor: User) -> QueuedEmail:
    """Write down what a person found out about a mail in doubt. Only a person sends such a mail again.

    Raises: MailMovedOn, MailRefused.
    """
    mail = lock_email(mail)
    if not mail.is_in_doubt:
        raise MailMovedOn(f"Nothing has to be decided about this mail: it is {_words(mail)}.")
    # A worker that wakes up now must not write over what a person has decided.
    mail.fence = None
    if resolution == Resolution.ARRIVED:
        from messaging.services import sending  # it uses what is here

        mail.save(update_fields=["fence"])
        sending.mark_sent(mail, actor=actor)
    elif resolution == Resolution.SEND_AGAIN:
        _requeue(mail)
    elif resolution == Resolution.GIVE_UP:
        mail.state = MailState.FAILED_PERM
        mail.save(update_fields=["state", "fence", "updated_at"])
    else:
        raise DomainError("Choose what became of the mail.", field="resolution")
    audit.record(
        EmailEvent.RESOLVED, mail, actor=actor, description=mail.subject, metadata={"resolution": str(resolution)}
    )
    return mail


def _requeue(mail: QueuedEmail) -> None:
    if refusal := gates.refusal(mail.template, mail.recipient, mail.lead):
        raise MailRefused(refusal)
    now = timezone.now()
    if mail.not_after is not None and mail.not_after <= now:
        raise MailRefused("The moment that this mail is about has passed.")
    mail.state, mail.fence, mail.lease_until, mail.in_doubt_since = MailState.QUEUED, None, None, None
    mail.failure_count = mail.crash_count = 0
    mail.next_attempt_at = max(now, mail.due_at)
    mail.save()
    ring()


def lock_email(mail: QueuedEmail) -> QueuedEmail:
    """Lock the lead and then the mail, as everybody does who needs both."""
    from leads.models import Lead

    if mail.lead_id is not None:
        list(Lead.objects.filter(pk=mail.lead_id).select_for_update(no_key=True).values_list("pk"))
    found: QueuedEmail = QueuedEmail.objects.select_for_update(no_key=True).get(pk=mail.pk)
    return found


def _words(mail: QueuedEmail) -> str:
    return str(MailState(mail.state).label).lower()


def _with_key(dedupe_key: str) -> QueuedEmail | None:
    found: QueuedEmail | None = QueuedEmail.objects.filter(dedupe_key=dedupe_key, copy_number=0).first()
    return found


def _organization() -> Organization:
    return Organization.objects.get(pk=tenancy.current_organization_id())


def _addresses(to: Sequence[str]) -> list[str]:
    given = [to] if isinstance(to, str) else list(to)
    addresses = list({address.strip().lower(): address.strip() for address in given}.values())
    if not 1 <= len(addresses) <= MOST_RECIPIENTS:
        raise DomainError(f"A mail needs from 1 to {MOST_RECIPIENTS} recipients.", field="to")
    for address in addresses:
        try:
            validate_email(address)
        except ValidationError:
            raise DomainError(f"“{address[:100]}” is not an e-mail address.", field="to") from None
    return addresses


def _check_attachments(attachments: Sequence[Attachment]) -> None:
    for attachment in attachments:
        if attachment.maker not in MAKERS:
            raise ValueError(f"Nobody makes attachments called {attachment.maker!r}.")
        if any(sign in attachment.name for sign in '\r\n"/\\') or attachment.media_type.count("/") != 1:
            raise ValueError("An attachment needs a plain file name and a media type.")


def _reply_to(lead: Lead | None) -> str:
    """Return who reads answers: the owner of the lead, else whom the organisation named."""
    owner = lead.assigned_to if lead is not None else None
    if owner is not None and owner.is_active and owner.organization_id == lead.organization_id:  # type: ignore[union-attr]
        return str(owner.email)
    return str(options.get("messaging.reply_to"))


def _headers(spec: mail_templates.MailTemplate, data: Mapping[str, Any], reply_to: str) -> dict[str, str]:
    """Return the headers of this kind of mail.

    Raises: MailRefused for marketing that one could not unsubscribe from, or whose sender has no postal address.
    """
    if spec.purpose is not Purpose.MARKETING:
        return {"Auto-Submitted": "auto-generated"}
    if not options.get("messaging.postal_address"):
        raise MailRefused("Marketing mails need your postal address: an administrator enters it under Options.")
    if url := data["unsubscribe_url"]:
        return {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    if not reply_to:
        raise MailRefused("Marketing mails need a way to unsubscribe: a link, or an address for answers.")
    return {"List-Unsubscribe": f"<mailto:{reply_to}?subject=unsubscribe>"}
