"""Leads that come by themselves: somebody gave an e-mail address on a public page.

Whoever types an address proves nothing by it, so what is known about the lead already is never overwritten.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from leadcrm.accounts.models import Organization, Team
from leadcrm.audit import settings
from leadcrm.core import live, tenancy
from leads.choices import SourceType
from leads.models import Lead
from leads.services import capture
from leads.services.locking import lock_lead

# The first touch stays the first: these are taken for a new lead and left alone afterwards.
FIRST_TOUCH = frozenset(
    {"source", "source_type", "campaign", "utm_source", "utm_medium", "utm_campaign", "referrer", "ip_address",
     "user_agent"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Received:
    """The lead of an address, and whether it was made just now."""

    lead: Lead
    is_new: bool


@transaction.atomic
def receive(*, email: str, source: str, if_new: Mapping[str, Any] | None = None, **facts: Any) -> Received:
    """Return the lead with this e-mail address, made now if there is none; gaps in it are filled from ``facts``.

    Of several leads with the address the oldest outside the trash is meant. Two visitors with one address at the
    same moment meet the same lead. A new lead belongs to nobody, in the team of ``inbound_team``; ``if_new`` holds
    what ``capture.create_lead`` is told instead or as well, such as owner, stage and tags.

    Raises: DomainError when a value is impossible.
    Side effects: those of ``capture.create_lead`` and ``capture.update_lead``.
    """
    email = email.strip().lower()
    organization_id = tenancy.current_organization_id()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"inbound {organization_id} {email}"])
    lead: Lead | None = Lead.objects.alive().filter(email_norm=email).order_by("created_at", "pk").first()
    facts = {name: value for name, value in facts.items() if value not in ("", None)}
    if lead is None:
        facts.setdefault("currency", Organization.objects.values_list("currency", flat=True).get(pk=organization_id))
        lead = capture.create_lead(
            actor=None, email=email, source=source, source_type=SourceType.INBOUND, **facts, **_new(if_new or {})
        )
        return Received(lead, is_new=True)
    lead = lock_lead(lead.pk)
    gaps = {
        name: value for name, value in facts.items() if name not in FIRST_TOUCH and getattr(lead, name) in ("", None)
    }
    lead = capture.update_lead(lead=lead, actor=None, **gaps)
    lead.last_activity_at = timezone.now()
    lead.save(update_fields=["last_activity_at", "updated_at"])
    live.announce("lead", id=lead.pk, stage=lead.stage_id, owner=lead.assigned_to_id, team=lead.team_id)
    return Received(lead, is_new=False)


def _new(chosen: Mapping[str, Any]) -> dict[str, Any]:
    # Whose owner is known is in the owner's team, which `create_lead` finds.
    has_team = "team_id" in chosen or chosen.get("assigned_to") is not None
    return dict(chosen) if has_team else {"team_id": _team_id(), **chosen}


def _team_id() -> Any:
    """Return the team that the organisation named for such leads, or its only one. Costs a query."""
    named = str(settings.get("leads.inbound_team")).strip().casefold()
    teams = list(Team.objects.values_list("pk", "name")[:200])
    if not named:
        return teams[0][0] if len(teams) == 1 else None
    return next((pk for pk, name in teams if name.casefold() == named), None)
