"""The tags of our components. They run for every row of a list, so each costs microseconds and caches its markup."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode
from zlib import crc32

import lucide
from django import template
from django.template import Context
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from leadcrm.core import formatting
from leadcrm.core import money as amounts

register = template.Library()

AVATAR_HUES = 6
HUES = frozenset({"grey", "sky", "blue", "teal", "green", "amber", "orange", "red", "pink", "violet"})
# Parameters that only make sense for the order and filters they were made for.
CURSORS = ("after", "before", "page", "cursor")


def _safe(markup: str) -> SafeString:
    # Every caller has escaped what came from outside; the tags build markup and nothing else.
    return mark_safe(markup)  # noqa: S308


@lru_cache(maxsize=1024)
def _icon(name: str, size: int, cls: str) -> SafeString:
    css = f"icon {cls}".strip()
    markup = lucide._render_icon(name, size, **{"class": css, "aria_hidden": "true"})
    # The style sheet has the stroke, so a row of icons does not repeat it.
    for said_in_css in (
        ' fill="none"',
        ' stroke="currentColor"',
        ' stroke-width="2"',
        ' stroke-linecap="round"',
        ' stroke-linejoin="round"',
    ):
        markup = markup.replace(said_in_css, "", 1)
    return _safe(re.sub(r"\s*\n\s*", "", markup).replace(" />", "/>"))


@register.simple_tag
def icon(name: str, size: int = 16, cls: str = "") -> SafeString:
    """Draw a Lucide icon. It is decoration: the words beside it, or an aria-label, carry the meaning."""
    return _icon(str(name), int(size), str(cls))


DEFAULT_CURRENCY = "INR"
_money = lru_cache(maxsize=4096)(amounts.show)
_money_short = lru_cache(maxsize=4096)(amounts.show_short)


@register.filter
def money(minor: int | None, currency: str = DEFAULT_CURRENCY) -> str:
    """Write an amount held in minor units, in full; nothing when there is none."""
    return "" if minor is None else _money(int(minor), currency or DEFAULT_CURRENCY)


@register.filter
def money_short(minor: int | None, currency: str = DEFAULT_CURRENCY) -> str:
    """Write an amount held in minor units, shortened for tight places."""
    return "" if minor is None else _money_short(int(minor), currency or DEFAULT_CURRENCY)


register.filter("span", formatting.span)
register.filter("device", formatting.device)


@register.simple_tag(name="money")
def money_tag(minor: int | None, currency: str = DEFAULT_CURRENCY, short: bool = False) -> str:
    """Write an amount held in minor units."""
    return money_short(minor, currency) if short else money(minor, currency)


@lru_cache(maxsize=4096)
def _avatar(key: str, name: str, size: str, label: str) -> SafeString:
    hue = crc32(key.encode()) % AVATAR_HUES
    css = f"avatar avatar--{hue}" + (f" avatar--{size}" if size else "")
    title = escape(f"{label} {name}".strip())
    letters = f'<span aria-hidden="true">{escape(formatting.initials(name))}</span>'
    return _safe(f'<span class="{css}" title="{title}">{letters}<span class="vh">{title}</span></span>')


def display_name(user: Any) -> str:
    """Return what to call a person."""
    return str(getattr(user, "full_name", "") or getattr(user, "email", "") or user)


@register.simple_tag
def avatar(user: Any, size: str = "", label: str = "") -> SafeString:
    """Show a person as a round of initials; nobody as a dashed round. ``label`` is read out before the name."""
    if not user:
        css = "avatar avatar--none" + (f" avatar--{size}" if size else "")
        return _safe(
            f'<span class="{css}" title="Unassigned">{_icon("user", 12, "")}<span class="vh">Unassigned</span></span>'
        )
    return _avatar(str(getattr(user, "pk", user)), display_name(user), str(size), str(label))


def score_band(value: int | None) -> str:
    """Return hot from 70, warm from 40, cold below, none when there is no score."""
    if value is None:
        return "none"
    return "hot" if value >= 70 else "warm" if value >= 40 else "cold"


@lru_cache(maxsize=256)
def _score(value: int | None) -> SafeString:
    band = score_band(value)
    if value is None:
        return _safe(
            '<span class="score score--none" title="Not scored yet"><span class="vh">Not scored yet</span>–</span>'
        )
    return _safe(
        f'<span class="score score--{band}"><span class="vh">Score </span>{value}'
        f'<span class="vh">, {band}</span></span>'
    )


@register.simple_tag
def score(value: int | None, why_url: str = "") -> SafeString:
    """Show a score as a pill; with ``why_url`` it is a button that opens the reasons."""
    number = None if value is None else round(float(value))
    if not why_url or number is None:
        return _score(number)
    band = score_band(number)
    return _safe(
        f'<button type="button" class="score score--{band} score--why" popovertarget="score-why"'
        f' hx-get="{escape(why_url)}" hx-target="#score-why" hx-swap="innerHTML" hx-trigger="click"'
        f' aria-haspopup="dialog" aria-label="Score {number}, {band}. Why?">{number}</button>'
    )


@register.filter
def ago(value: datetime | None) -> str:
    """Say how long ago; the exact moment is the title."""
    if not value:
        return ""
    text = formatting.ago(value, now=timezone.now())
    return _safe(f'<time datetime="{value.isoformat()}" title="{formatting.moment(value)}">{text}</time>')


@register.filter
def moment(value: datetime | None) -> str:
    """Write the exact date and time in the time zone of the request."""
    if not value:
        return ""
    return _safe(f'<time datetime="{value.isoformat()}">{formatting.moment(value)}</time>')


DUE_ICONS = {"overdue": "clock-alert", "today": "clock", "soon": "clock", "later": "clock"}


@register.simple_tag
def due(value: date | datetime | None, label: str = "", none: str = "No next step") -> SafeString:
    """Say when something is due. ``label`` is what is due, ``none`` the words for nothing planned."""
    if not value:
        return _safe(f'<span class="due due--none">{_icon("triangle-alert", 14, "")}{escape(none)}</span>')
    state, words = formatting.due(value, now=timezone.now())
    text = f"{escape(label)} {words}" if label else words[0].upper() + words[1:]
    return _safe(f'<span class="due due--{state}">{_icon(DUE_ICONS[state], 14, "")}{text}</span>')


def _query(context: Context, changes: dict[str, Any]) -> str:
    request = context.get("request")
    pairs: list[tuple[str, str]] = []
    if request is not None:
        for key, values in request.GET.lists():
            if key not in changes:
                pairs.extend((key, value) for value in values if value != "")
    for key, value in changes.items():
        if value is None or value == "":
            continue
        many: Sequence[Any] = value if isinstance(value, list | tuple) else [value]
        pairs.extend((key, str(item)) for item in many)
    return "?" + urlencode(pairs)


@register.simple_tag(takes_context=True)
def query_set(context: Context, **changes: Any) -> str:
    """Return the current query string with parameters changed; None or an empty string takes one away."""
    return _query(context, changes)


@register.simple_tag(takes_context=True)
def sort_th(
    context: Context, key: str, label: str, current: str = "", target: str = "", cls: str = "", first: str = "asc"
) -> SafeString:
    """Write a column title that sorts; ``current`` is the order in force, such as ``-score``."""
    is_current = current.lstrip("-") == key
    descending = current.startswith("-")
    flipped = not descending if is_current else first == "desc"
    following = f"-{key}" if flipped else key
    url = escape(_query(context, {"sort": following, **dict.fromkeys(CURSORS)}))
    state = ("descending" if descending else "ascending") if is_current else "none"
    arrow = (
        _icon("arrow-down" if descending else "arrow-up", 12, "") if is_current else _icon("chevrons-up-down", 12, "")
    )
    # The target is swapped whole, because a partial brings its own element; the id brings the focus back.
    htmx = f' hx-get="{url}" hx-target="{escape(target)}" hx-swap="outerHTML" hx-push-url="true"' if target else ""
    return _safe(
        f'<th scope="col" class="{escape(cls)}" aria-sort="{state}">'
        f'<a class="table__sort" id="sort-{escape(key)}" href="{url}"{htmx}>{escape(label)}{arrow}</a></th>'
    )


@register.filter
def hue(value: str) -> str:
    """Return the class of a named hue (stages, tags); an unknown name is grey."""
    return f"hue-{value}" if value in HUES else "hue-grey"
