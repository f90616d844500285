"""Who may be written to. Asked when a mail is queued and again right before it leaves.

Where nobody knows of a consent there is none, and marketing does not leave.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from leadcrm.core.registry import Registry
from leadcrm.privacy import services as privacy
from leadcrm.privacy.choices import Purpose as ConsentPurpose
from messaging import mail_templates
from messaging.mail_templates import Purpose

if TYPE_CHECKING:
    from leads.models import Lead

# Name → function (address, lead) that tells whether marketing may be sent there. All of them must agree, and there
# must be one. They run in the scope of the organisation.
MARKETING_GATES: Registry[Callable[[str, Lead | None], bool]] = Registry("gate for marketing mails")


def refusal(template: str, address: str, lead: Lead | None) -> str:
    """Return why this mail must not be sent to this person, in words; empty when it may.

    The answer to what a person just asked for is sent in any case: refusing the result of an assessment to somebody
    who typed in the address for it would help nobody. A mark "do not contact" stops everything else, and so does the
    trash.
    """
    purpose = mail_templates.get(template).purpose
    if purpose is Purpose.REQUESTED:
        return ""
    if lead is not None and lead.do_not_contact:
        return "The lead is marked “do not contact”."
    if lead is not None and lead.deleted_at is not None:
        return "The lead is in the trash."
    if purpose is Purpose.MARKETING and not has_marketing_consent(address, lead):
        return "There is no consent to marketing mail."
    return ""


def has_marketing_consent(address: str, lead: Lead | None) -> bool:
    """Tell whether everybody who knows about consent agrees; False when nobody does."""
    gates = [gate for _, gate in MARKETING_GATES]
    return bool(gates) and all(gate(address, lead) for gate in gates)


def _is_in_force(address: str, lead: Lead | None) -> bool:  # noqa: ARG001 — consent is a person's, not a lead's
    return privacy.has_consent(email=address, purpose=ConsentPurpose.MARKETING)


MARKETING_GATES.register("consent", _is_in_force)
