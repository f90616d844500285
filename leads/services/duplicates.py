"""Find leads that may be the same person or company, fast enough to ask while somebody types."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leads.models import Lead
from leads.querysets import LeadQuerySet

if TYPE_CHECKING:
    from leadcrm.accounts.models import User

MOST = 5
# A company with thousands of leads must not slow down typing: its newest ones are compared.
NEWEST_OF_COMPANY = 200


@dataclass(frozen=True)
class Candidate:
    """A lead that may be the same, and why. ``is_visible`` is false for leads beyond the person's reach."""

    lead: Lead
    reason: str
    is_visible: bool
    is_exact: bool

    @property
    def whereabouts(self) -> str:
        """Say whose a lead beyond the person's reach is, and nothing else about it."""
        if self.lead.team is not None:
            return f"belongs to the team {self.lead.team}"
        if self.lead.assigned_to is not None:
            return f"belongs to {self.lead.assigned_to}"
        return "belongs to no team yet"


def candidates(
    *,
    user: User,
    email: str = "",
    phone: str = "",
    company: str = "",
    last_name: str = "",
    exclude: uuid.UUID | None = None,
) -> list[Candidate]:
    """Return at most five leads of the organisation with the same e-mail, phone, or company (and last name).

    Leads beyond the person's reach count when e-mail or phone are the same, because entering one twice is
    what must not happen. E-mail and phone come normalised. Costs up to four queries.
    """
    found: dict[uuid.UUID, tuple[Lead, str, bool]] = {}
    for reason, matches in _exact(email, phone):
        for lead in _newest(matches, exclude):
            found.setdefault(lead.pk, (lead, reason, True))
    if company.strip() and len(found) < MOST:
        for lead, reason in _of_company(user, company, last_name, exclude):
            found.setdefault(lead.pk, (lead, reason, False))
    visible = set(Lead.objects.visible_to(user).filter(pk__in=found).values_list("pk", flat=True)) if found else set()
    listed = [
        Candidate(lead, reason, lead.pk in visible, is_exact) for lead, reason, is_exact in list(found.values())[:MOST]
    ]
    return [candidate for candidate in listed if candidate.is_visible or candidate.is_exact]


def _exact(email: str, phone: str) -> list[tuple[str, LeadQuerySet]]:
    # The indexes leave empty values out, and only a condition that says so lets the planner use them.
    alive: LeadQuerySet = Lead.objects.alive()
    questions = []
    if email.strip():
        questions.append(("same e-mail", alive.filter(email_norm=email.strip().lower()).exclude(email="")))
    if phone.strip():
        questions.append(("same phone", alive.filter(phone=phone.strip()).exclude(phone="")))
    return questions


def _newest(matches: LeadQuerySet, exclude: uuid.UUID | None) -> list[Lead]:
    if exclude:
        matches = matches.exclude(pk=exclude)
    return list(matches.select_related("assigned_to", "team", "stage").order_by("-pk")[:MOST])


def _of_company(user: User, company: str, last_name: str, exclude: uuid.UUID | None) -> list[tuple[Lead, str]]:
    same = Lead.objects.visible_to(user).filter(company_norm=company.strip().lower())
    if exclude:
        same = same.exclude(pk=exclude)
    newest = same.order_by("-pk")
    wanted = last_name.strip().casefold()
    if wanted:
        names = newest.values_list("pk", "last_name")[:NEWEST_OF_COMPANY]
        chosen = [pk for pk, name in names if name.casefold() == wanted][:MOST]
        if not chosen:
            return []
        newest = newest.filter(pk__in=chosen)
    reason = "same company and last name" if wanted else "same company"
    return [(lead, reason) for lead in newest.select_related("assigned_to", "team", "stage")[:MOST]]
