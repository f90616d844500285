"""The places of the application: apps register them, the sidebar and the palette show them.

Nothing here queries the database, because it runs for every page.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, get_urlconf, reverse

# Section key → heading, in the order of the sidebar. The first one needs no heading.
SECTIONS = {"work": "", "insight": "Insight", "outreach": "Outreach", "organization": "Organization"}


@dataclass(frozen=True, slots=True)
class NavItem:
    """A place to go. ``section=None`` keeps it out of the sidebar and in the palette only."""

    label: str
    url_name: str
    icon: str
    section: str | None = "work"
    order: int = 50
    permission: str | None = None
    shortcut: str = ""
    keywords: str = ""
    # Returns a small number to show beside the label. It must not query: read a cached figure.
    badge: Callable[[HttpRequest], int | None] | None = None
    # Pages whose address starts elsewhere but which belong to this place, by name.
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NavLink:
    """A place as one person sees it on one page."""

    label: str
    url: str
    icon: str
    shortcut: str = ""
    is_current: bool = False
    badge: int | None = None


@dataclass(frozen=True, slots=True)
class NavSection:
    """A group of the sidebar."""

    key: str
    heading: str
    items: list[NavLink] = field(default_factory=list)


_registry: dict[str, NavItem] = {}


def register(*items: NavItem) -> None:
    """Add places; the same ``url_name`` and label again replaces the earlier one."""
    for item in items:
        if item.section is not None and item.section not in SECTIONS:
            raise ValueError(f"{item.label}: there is no section {item.section!r}, only {', '.join(SECTIONS)}.")
        _registry[f"{item.url_name}|{item.label}"] = item


def unregister(*items: NavItem) -> None:
    """Take places away again."""
    for item in items:
        _registry.pop(f"{item.url_name}|{item.label}", None)


def registered() -> list[NavItem]:
    """Return every place, in the order of the sidebar."""
    keys = list(SECTIONS)
    return sorted(
        _registry.values(),
        key=lambda item: (keys.index(item.section) if item.section else len(keys), item.order, item.label),
    )


def wants_fragment(request: HttpRequest) -> bool:
    """Tell whether htmx will put the answer into a part of the page rather than replace the page."""
    htmx = getattr(request, "htmx", None)
    return bool(htmx and not htmx.boosted and not htmx.history_restore_request)


@lru_cache(maxsize=512)
def _reverse(urlconf: str, url_name: str) -> str | None:
    try:
        return reverse(url_name, urlconf=urlconf)
    except NoReverseMatch:
        return None


def url_of(url_name: str) -> str | None:
    """Return the address of a named place, or None when this installation does not have it."""
    return _reverse(get_urlconf() or settings.ROOT_URLCONF, url_name)


def _allowed(request: HttpRequest, items: Iterable[NavItem]) -> Iterable[tuple[NavItem, str]]:
    user = getattr(request, "user", None)
    has_right = getattr(user, "has_right", None)
    for item in items:
        if item.permission and not (has_right and has_right(item.permission)):
            continue
        url = url_of(item.url_name)
        if url is not None:
            yield item, url


def sections(request: HttpRequest) -> list[NavSection]:
    """Return the sidebar for the person, with the current place marked."""
    allowed = [(item, url) for item, url in _allowed(request, registered()) if item.section]
    # The longest address that starts the path is the place we are in; "/" only matches itself.
    starts = [(start, url) for item, url in allowed for start in (url, *map(url_of, item.also))]
    _, here = max(
        ((start, url) for start, url in starts if start and _is_within(request.path, start)),
        key=lambda found: len(found[0]),
        default=("", None),
    )
    found: dict[str, NavSection] = {}
    for item, url in allowed:
        key = item.section or ""
        section = found.setdefault(key, NavSection(key, SECTIONS[key]))
        badge = item.badge(request) if item.badge else None
        section.items.append(NavLink(item.label, url, item.icon, item.shortcut, url == here, badge or None))
    return list(found.values())


def _is_within(path: str, start: str) -> bool:
    return path == start or (start != "/" and path.startswith(start))


def commands(request: HttpRequest, query: str = "") -> list[NavLink]:
    """Return the places whose label or keywords contain every word of ``query``, for the palette."""
    words = query.lower().split()
    return [
        NavLink(item.label, url, item.icon, item.shortcut)
        for item, url in _allowed(request, registered())
        if all(word in f"{item.label} {item.keywords}".lower() for word in words)
    ]
