"""Find leads that may be the same person or company, fast enough to ask while somebody types."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leads.models import Lead

if TYPE_CHECKING:
    from leadcrm.accounts.models import User

MOST = 5


@dataclass(frozen=True)
class Candidate:
    """A lead that may be the same, and why. ``is_visible`` is false for leads beyond the person's reach."""

    lead: Lead
    reason: str
    is_visible: bool


def candidates(
    *,
    user: User,
    email: str = "",
    phone: str = "",
    company: str = "",
    last_name: str = "",
    exclude: uuid.UUID | None = None,
) -> list[Candidate]:
    """Return at most five leads of the organisation with the same e-mail, phone, or company and last name.

    Leads beyond the person's reach count too, because entering one twice is what must not happen; the page
    says that one exists and names its owner, nothing else.
    """
    found: dict[uuid.UUID, tuple[Lead, str]] = {}
    questions = [
        ("same e-mail", {"email_norm": email.strip().lower()} if email.strip() else None),
        ("same phone", {"phone": phone.strip()} if phone.strip() else None),
        (
            "same company and last name" if last_name.strip() else "same company",
            {"company_norm": company.strip().lower()} if company.strip() else None,
        ),
    ]
    for reason, condition in questions:
        if condition is None:
            continue
        matches = Lead.objects.alive().filter(**condition).select_related("assigned_to", "stage")
        if reason == "same company and last name":
            matches = matches.filter(last_name__iexact=last_name.strip())
        if exclude:
            matches = matches.exclude(pk=exclude)
        for lead in matches.order_by("-created_at")[:MOST]:
            found.setdefault(lead.pk, (lead, reason))
    visible = set(Lead.objects.visible_to(user).filter(pk__in=found).values_list("pk", flat=True)) if found else set()
    return [Candidate(lead, reason, lead.pk in visible) for lead, reason in list(found.values())[:MOST]]
