"""What happens to an answer to a capture form: taken in once, kept back when it looks like spam, made into a lead."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from assessments.choices import SubmissionState
from assessments.events import CaptureEvent
from assessments.models import CaptureForm, Submission
from leadcrm.analytics.services import record_event
from leadcrm.analytics.visits import Visit
from leadcrm.audit import services as audit
from leadcrm.core import public_tokens
from leadcrm.core.errors import DomainError
from leadcrm.core.models import new_id
from leadcrm.privacy.services import give_consent
from leads.models import Lead
from leads.services import capture, inbound, journey, scoring, tagging
from messaging.services.queued_emails import queue_email

if TYPE_CHECKING:
    from leadcrm.accounts.models import User

FORM_SUBMITTED = "form_submitted"
CONFIRM_WITHIN = timedelta(days=30)
GUARD_FOR = timedelta(minutes=10)
LONGEST_SHOWN = 500


class SubmissionMovedOn(DomainError):
    """Somebody else has decided about it in the meantime."""

    code = "submission_moved_on"


class LinkExpired(DomainError):
    """The address was not confirmed in time."""

    code = "link_expired"


class SentBefore(DomainError):
    """The page was sent before, with other words; it needs a new stamp to be sent again."""

    code = "sent_before"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer that can be read: ``values`` as typed, ``facts`` as the lead gets them."""

    email: str
    values: Mapping[str, str]
    facts: Mapping[str, Any]
    consents: Sequence[Mapping[str, Any]] = ()
    attribution: Mapping[str, Any] = field(default_factory=dict)

    @property
    def content_hash(self) -> str:
        told = {"values": dict(self.values), "consents": [one["purpose"] for one in self.consents]}
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode("utf-8", "replace")).hexdigest()


@transaction.atomic
def submit(
    *, form: CaptureForm, answer: Answer, page: str = "", reasons: Sequence[str] = (), visit: Visit | None = None
) -> Submission:
    """Take an answer in, once: the same page sent again returns what the first one made.

    ``page`` names the page that it was sent from; without one, the same words on the same day are one answer.
    With ``reasons`` it is kept back until somebody decides.

    Raises: SentBefore when the page was sent before with other words; DomainError when a value cannot be stored.
    Side effects: of an accepted answer, lead, score, journey, consents, audit and analytics; a mail with a link when
    the address has to be confirmed first.
    """
    visit = visit or Visit()
    key = f"page:{page}" if page else f"words:{timezone.now():%Y%m%d}:{answer.content_hash[:48]}"
    pk = new_id()
    new = Submission(
        pk=pk, form=form, state=SubmissionState.QUARANTINED if reasons else SubmissionState.RECEIVED,
        reasons=list(reasons), email=answer.email, values=dict(answer.values), facts=dict(answer.facts),
        consents=[dict(one) for one in answer.consents], attribution=dict(answer.attribution),
        content_hash=answer.content_hash, idempotency_key=key, ip_address=visit.ip_address or None,
        user_agent=visit.user_agent, session_id=visit.session_id, created_at=timezone.now(),
    )  # fmt: skip
    # Of two that come at the same moment, the later waits here for the earlier.
    Submission.objects.bulk_create([new], ignore_conflicts=True)
    kept: Submission = Submission.objects.select_for_update(no_key=True).get(form=form, idempotency_key=key)
    if kept.pk != pk:
        if kept.content_hash != answer.content_hash:
            raise SentBefore("This page was sent already. To send something else, look at it and send it again.")
        return kept
    kept.form = form
    if reasons:
        audit.record(
            CaptureEvent.QUARANTINED, kept, actor=None, description=form.name, metadata={"reasons": list(reasons)}
        )
        return kept
    audit.record(CaptureEvent.SUBMITTED, kept, actor=None, description=form.name)
    _go_on(kept, visit=visit)
    return kept


@transaction.atomic
def confirm(*, submission: Submission, visit: Visit | None = None) -> Submission:
    """Count the address as proven, and make the lead; a second time is a no-op.

    Raises: LinkExpired; SubmissionMovedOn.
    """
    kept = lock(submission)
    if kept.state == SubmissionState.CONFIRMED:
        return kept
    if not kept.awaits_confirmation:
        raise SubmissionMovedOn("There is nothing to confirm here any more.")
    if timezone.now() - (kept.decided_at or kept.created_at) > CONFIRM_WITHIN:
        raise LinkExpired("This link has expired. Fill in the form again, and we send you a new one.")
    kept.state, kept.confirmed_at = SubmissionState.CONFIRMED, timezone.now()
    _accept(kept, visit=visit or Visit())
    audit.record(CaptureEvent.CONFIRMED, kept, actor=None, description=kept.form.name)
    return kept


@transaction.atomic
def release(*, submission: Submission, actor: User) -> Submission:
    """Let an answer out of quarantine: it goes on as if it had not been kept back.

    Raises: SubmissionMovedOn; DomainError when a value cannot be stored.
    """
    kept = _decided(submission, SubmissionState.RELEASED, actor)
    audit.record(CaptureEvent.RELEASED, kept, actor=actor, description=kept.form.name)
    _go_on(kept, visit=Visit())
    return kept


@transaction.atomic
def reject(*, submission: Submission, actor: User) -> Submission:
    """Leave an answer out for good. It stays on its page, to be read.

    Raises: SubmissionMovedOn.
    """
    kept = _decided(submission, SubmissionState.REJECTED, actor)
    kept.save(update_fields=["state", "decided_at", "decided_by"])
    audit.record(CaptureEvent.REJECTED, kept, actor=actor, description=kept.form.name)
    return kept


@transaction.atomic
def guard(*, form: CaptureForm) -> None:
    """Ask visitors' browsers for work during the next minutes, because the form gets far more answers than usual."""
    now = timezone.now()
    # One of many requests does it; the others do not wait for the row.
    updated = CaptureForm.objects.filter(pk=form.pk).exclude(guarded_until__gt=now + GUARD_FOR / 2)
    if updated.update(guarded_until=now + GUARD_FOR):
        audit.record(CaptureEvent.GUARDED, form, actor=None, description=form.name)


def lock(submission: Submission) -> Submission:
    kept: Submission = Submission.objects.select_for_update(no_key=True).get(pk=submission.pk)
    return kept


def _decided(submission: Submission, state: SubmissionState, actor: User) -> Submission:
    kept = lock(submission)
    if kept.state != SubmissionState.QUARANTINED:
        raise SubmissionMovedOn(f"This is not in quarantine any more: it is {kept.get_state_display().lower()}.")
    kept.state, kept.decided_at, kept.decided_by = state, timezone.now(), actor
    return kept


def _go_on(submission: Submission, *, visit: Visit) -> None:
    if submission.form.double_opt_in:
        _ask_for_confirmation(submission)
    else:
        _accept(submission, visit=visit)


def _ask_for_confirmation(submission: Submission) -> None:
    token, submission.token_hash = public_tokens.new_token()
    submission.save(update_fields=["state", "token_hash", "decided_at", "decided_by"])
    path = reverse("assessments:submission_confirmation", args=[token])
    queue_email(
        template="confirm_subscription",
        to=[submission.email],
        data={
            "name": _name(submission.facts),
            "form": submission.form.title,
            "confirm_url": settings.SITE_URL.rstrip("/") + path,
        },
        about_id=submission.pk,
        dedupe_key=f"confirm_subscription:{submission.pk}",
    )


def _accept(submission: Submission, *, visit: Visit) -> None:
    """Make the lead, or add to it, and tell everybody in the same transaction."""
    form, facts = submission.form, dict(submission.facts)
    custom = facts.pop("custom_fields", {})
    received = inbound.receive(
        email=submission.email, source=form.source, if_new=_defaults(form, custom), **facts, **_origin(submission)
    )  # fmt: skip
    lead = received.lead
    if not received.is_new:
        missing = {key: value for key, value in custom.items() if key not in lead.custom_fields}
        if missing:
            lead = capture.update_lead(lead=lead, actor=None, custom_fields=missing)
        tagging.add_tags(lead=lead, names=form.tags, actor=None)
    submission.lead = lead
    submission.save(update_fields=["state", "lead", "confirmed_at", "decided_at", "decided_by"])
    journey.record(
        lead, FORM_SUBMITTED, actor=None, name=f"Form sent: {form.name}",
        description=str(submission.values.get("message", ""))[:LONGEST_SHOWN],
        properties={"form": str(form.pk), "submission": str(submission.pk)},
    )  # fmt: skip
    scoring.rescore(lead=lead, actor=None)
    _keep_consents(submission, lead)
    told = {"form": str(form.pk), "is_new": received.is_new}
    audit.announce(CaptureEvent.SUBMITTED, submission, payload={"lead": str(lead.pk), **told})
    record_event("lead.captured", visit=visit, properties=told)
    if received.is_new:
        record_event("conversion.lead_created", visit=visit, properties={"source": form.source})


def _defaults(form: CaptureForm, custom: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a new lead begins with; who was locked out since owns nothing new."""
    chosen: dict[str, Any] = {"tags": form.tags, "custom_fields": dict(custom)}
    if form.owner is not None and form.owner.is_active:
        chosen["assigned_to"] = form.owner
    if form.team_id is not None:
        chosen["team_id"] = form.team_id
    if form.stage is not None:
        chosen["stage"] = form.stage
    return chosen


def _origin(submission: Submission) -> dict[str, Any]:
    first = submission.attribution.get("first") or submission.attribution.get("last") or {}
    return {
        "campaign": first.get("utm_campaign", ""),
        "utm_source": first.get("utm_source", ""),
        "utm_medium": first.get("utm_medium", ""),
        "utm_campaign": first.get("utm_campaign", ""),
        "referrer": first.get("referrer", ""),
        "ip_address": submission.ip_address,
        "user_agent": submission.user_agent,
    }


def _keep_consents(submission: Submission, lead: Lead) -> None:
    proof = {
        "form": str(submission.form_id),
        "submission": str(submission.pk),
        "given_at": submission.created_at.isoformat(),
        "confirmed_at": submission.confirmed_at.isoformat() if submission.confirmed_at else "",
        "network": submission.ip_address or "",
        "browser": submission.user_agent,
    }
    for one in submission.consents:
        give_consent(
            email=submission.email, lead_id=lead.pk, purpose=one["purpose"], text=one["text"],
            text_version=f"{submission.form_id.hex[-8:]}-{one['version']}", proof=proof,
        )  # fmt: skip


def _name(facts: Mapping[str, Any]) -> str:
    return f"{facts.get('first_name', '')} {facts.get('last_name', '')}".strip()
