"""What the command palette can find. Apps register a search each; the palette asks all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from leadcrm.core.request import OrganizationRequest

MOST = 8
LONGEST_QUERY = 200


@dataclass(frozen=True, slots=True)
class Found:
    """One line of the palette that leads to a thing."""

    title: str
    url: str
    subtitle: str = ""
    meta: str = ""


Search = Callable[[OrganizationRequest, str, int], Iterable[Found]]

_searches: dict[str, Search] = {}


def register(name: str, search: Search) -> None:
    """Add a search: (request, query, how many at most) → lines. It checks rights itself."""
    _searches[name] = search


def find(request: OrganizationRequest, query: str) -> list[Found]:
    """Return at most eight things that match; an empty query gives the recent ones."""
    query = query.replace("\x00", "").strip()[:LONGEST_QUERY]
    return [line for search in _searches.values() for line in search(request, query, MOST)][:MOST]
