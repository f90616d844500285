"""How long pages take in the browsers of those who open them: what a page tells, and what is believed of it.

A page carries a signed ticket that names its organisation and its view, so nobody can report for a page that was not
served, and no cookie has to come along.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core import signing
from django.http import HttpRequest

SALT = "analytics.timing"
VALID_FOR = timedelta(hours=6)
LONGEST_MS = 120_000
# What a browser measures, the name of it among the properties, and the most that is believed.
MEASURES = {
    "ttfb": ("ttfb_ms", LONGEST_MS),
    "fcp": ("fcp_ms", LONGEST_MS),
    "lcp": ("lcp_ms", LONGEST_MS),
    "load": ("load_ms", LONGEST_MS),
    "cls": ("cls_thousandths", 10_000),
}


@dataclass(frozen=True)
class Ticket:
    """What page of whom is reported about."""

    organization_id: uuid.UUID
    page: str


def ticket_of(request: HttpRequest) -> str:
    """Return the ticket of the page being rendered; empty for a page of no organisation."""
    organization = getattr(request, "organization", None)
    if organization is None or request.resolver_match is None:
        return ""
    return signing.dumps([organization.pk.hex, request.resolver_match.view_name], salt=SALT)


def read_ticket(text: Any) -> Ticket | None:
    """Return what a ticket says, or None when it is forged or too old."""
    try:
        organization, page = signing.loads(str(text), salt=SALT, max_age=VALID_FOR)
        return Ticket(uuid.UUID(organization), str(page))
    except (signing.BadSignature, ValueError, TypeError):
        return None


def read_measures(said: Mapping[str, Any]) -> dict[str, int]:
    """Return the measures that can be true; the others are left out."""
    kept = {}
    for name, (key, most) in MEASURES.items():
        value = said.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= most:
            kept[key] = round(value)
    return kept
