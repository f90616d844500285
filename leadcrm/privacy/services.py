"""Record consent with its proof, end it, and ask for it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction
from django.utils import timezone

from leadcrm.audit import services as audit
from leadcrm.core import tenancy
from leadcrm.core.errors import DomainError
from leadcrm.privacy.choices import ConsentChannel, ConsentEnd, Purpose
from leadcrm.privacy.events import PrivacyEvent
from leadcrm.privacy.models import Consent, normalise

if TYPE_CHECKING:
    from leadcrm.accounts.models import User

MOST_PROOFS = 20
LONGEST_PROOF = 500
LONGEST_TEXT = 5000


@transaction.atomic
def give_consent(
    *,
    email: str,
    purpose: str,
    text_version: str,
    text: str,
    proof: Mapping[str, Any],
    lead_id: uuid.UUID | None = None,
    channel: str = ConsentChannel.EMAIL,
    actor: User | None = None,
) -> Consent:
    """Record that a person agreed to ``text``. An ``actor`` of None is the person; else somebody wrote it down.

    Agreeing again to the same text changes nothing, so a form that is sent twice leaves one row; another text ends the
    earlier consent and begins a new one.

    Raises: DomainError when there is no address, no text, or no such purpose or channel.
    Side effects: audit entry.
    """
    _check(email, purpose, channel)
    if not text.strip() or not text_version.strip():
        raise DomainError("A consent needs the text that was agreed to, and its version.", field="text")
    _lock(email)
    current = _current(email, purpose, channel)
    now = timezone.now()
    if current is not None and (current.text_version, current.text) == (text_version, text[:LONGEST_TEXT]):
        if lead_id is not None and current.lead_id is None:
            current.lead_id = lead_id
            current.save(update_fields=["lead_id"])
        return current
    if current is not None:
        _end(current, ConsentEnd.RENEWED, {}, now)
    consent = Consent.objects.create(
        email=email.strip(),
        email_norm=normalise(email),
        lead_id=lead_id or (current.lead_id if current else None),
        purpose=purpose,
        channel=channel,
        text_version=text_version,
        text=text[:LONGEST_TEXT],
        proof=_clean(proof),
        given_at=now,
    )
    audit.record(
        PrivacyEvent.CONSENT_GIVEN, consent, actor=actor, description=_words(consent),
        metadata={"text_version": text_version, "lead": str(consent.lead_id) if consent.lead_id else None},
    )  # fmt: skip
    return consent


@transaction.atomic
def withdraw_consent(
    *,
    email: str,
    purpose: str,
    channel: str = ConsentChannel.EMAIL,
    proof: Mapping[str, Any] | None = None,
    actor: User | None = None,
) -> Consent | None:
    """End a consent, and return it; None when there was none in force, so doing it twice is harmless.

    Raises: DomainError when there is no address, or no such purpose or channel.
    Side effects: audit entry.
    """
    _check(email, purpose, channel)
    _lock(email)
    consent = _current(email, purpose, channel)
    if consent is None:
        return None
    _end(consent, ConsentEnd.WITHDRAWN, _clean(proof or {}), timezone.now())
    audit.record(
        PrivacyEvent.CONSENT_WITHDRAWN, consent, actor=actor, description=_words(consent),
        metadata={"lead": str(consent.lead_id) if consent.lead_id else None},
    )  # fmt: skip
    return consent


def has_consent(*, email: str, purpose: str, channel: str = ConsentChannel.EMAIL) -> bool:
    """Tell whether a consent of the person is in force. Costs a query."""
    return (
        bool(email.strip()) and Consent.objects.of(email).in_force().filter(purpose=purpose, channel=channel).exists()
    )


def _current(email: str, purpose: str, channel: str) -> Consent | None:
    return Consent.objects.of(email).in_force().filter(purpose=purpose, channel=channel).select_for_update().first()


def _end(consent: Consent, how: ConsentEnd, proof: dict[str, Any], at: Any) -> None:
    consent.ended_at, consent.end, consent.end_proof = at, how, proof
    consent.save(update_fields=["ended_at", "end", "end_proof"])


def _lock(email: str) -> None:
    """Let one request at a time decide about a person: a row that is not there yet cannot be locked."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"consent:{tenancy.current_organization_id()}:{normalise(email)}"],
        )


def _check(email: str, purpose: str, channel: str) -> None:
    try:
        validate_email(email.strip())
    except ValidationError:
        raise DomainError("A consent needs the e-mail address of the person.", field="email") from None
    if purpose not in Purpose.values or channel not in ConsentChannel.values:
        raise DomainError(f"There is no consent to {purpose} by {channel}.", field="purpose")


def _clean(proof: Mapping[str, Any]) -> dict[str, Any]:
    """Return a proof as it is kept: flat and short."""
    if len(proof) > MOST_PROOFS:
        raise ValueError(f"A proof has at most {MOST_PROOFS} parts.")
    plain = (int, float, bool, type(None))
    return {
        str(key): value if isinstance(value, plain) else str(value).replace("\x00", "")[:LONGEST_PROOF]
        for key, value in proof.items()
    }


def _words(consent: Consent) -> str:
    return f"{consent.get_purpose_display()} by {consent.get_channel_display()}"
