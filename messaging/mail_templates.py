"""The mails: what each may be filled with, and what kind of mail it is before the law.

``data`` of a template has the keys named here and no other. A wrong key or type is a mistake of the calling code and
raises ValueError; what a stranger typed is cleaned and never raises.

- ``welcome``: name
- ``assessment_results``: name, score (0-100), tier, strengths, weaknesses, next_steps (lists of texts), result_url
- ``roi_report``: name, annual_savings (a number in major units of ``currency``, or a text), roi_percent (number or
  text), payback (months, a text, or None when it does not pay back), currency, result_url
- ``follow_up``: name, body, unsubscribe_url (optional)
- ``meeting_reminder``: name, subject, starts_at, ends_at (moments), place, host, is_change
- ``confirm_subscription``: name, form (its title), confirm_url
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from django.utils import timezone

from leadcrm.core import formatting, money
from messaging import texts
from messaging.choices import Template

LONGEST_LINE = 300
LONGEST_BODY = 20_000
MOST_ITEMS = 12
LONGEST_URL = 2000


class Purpose(StrEnum):
    """Whom a mail may reach.

    ``REQUESTED`` answers what the person asked for a moment ago and reaches everybody. ``SERVICE`` belongs to a
    relation that exists and stops when a lead is marked "do not contact". ``MARKETING`` needs consent as well.
    """

    REQUESTED = "requested"
    SERVICE = "service"
    MARKETING = "marketing"


Clean = Callable[[Any, Mapping[str, Any]], Any]


@dataclass(frozen=True)
class Key:
    clean: Clean
    default: Any = ...  # the ellipsis: the key must be given

    @property
    def is_required(self) -> bool:
        return self.default is ...


@dataclass(frozen=True)
class MailTemplate:
    name: Template
    purpose: Purpose
    keys: Mapping[str, Key]

    def clean(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return ``data`` ready for the template and for storage as JSON.

        Raises: ValueError.
        """
        unknown = data.keys() - self.keys.keys()
        missing = {name for name, key in self.keys.items() if key.is_required} - data.keys()
        if unknown or missing:
            named = ", ".join(sorted(unknown | missing))
            raise ValueError(f"The mail {self.name} has unknown or missing keys: {named}.")
        return {name: key.clean(data.get(name, key.default), data) for name, key in self.keys.items()}


def _name(value: Any, _: Mapping[str, Any]) -> str:
    return texts.greeting_name(value)


def _line(value: Any, _: Mapping[str, Any]) -> str:
    return texts.one_line(value or "", LONGEST_LINE)


def _body(value: Any, _: Mapping[str, Any]) -> str:
    return texts.block(value, LONGEST_BODY)


def _lines(value: Any, _: Mapping[str, Any]) -> list[str]:
    if isinstance(value, str):
        raise ValueError("A list of texts is needed, not one text.")
    return [line for item in list(value)[:MOST_ITEMS] if (line := texts.one_line(item, LONGEST_LINE))]


def _url(value: Any, _: Mapping[str, Any]) -> str:
    text = str(value)
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc or len(text) > LONGEST_URL or not text.isprintable():
        raise ValueError("A link in a mail must be a web address.")
    if " " in text:
        raise ValueError("A link in a mail has no blanks.")
    return text


def _optional_url(value: Any, data: Mapping[str, Any]) -> str:
    return _url(value, data) if value else ""


def _score(value: Any, _: Mapping[str, Any]) -> int:
    score = int(value)
    if not 0 <= score <= 100:
        raise ValueError("A score is from 0 to 100.")
    return score


def _amount(value: Any, data: Mapping[str, Any]) -> str:
    if isinstance(value, str):
        return texts.one_line(value, 60)
    currency = str(data["currency"])
    return money.show(money.to_minor(Decimal(str(value)), currency), currency)


def _percent(value: Any, _: Mapping[str, Any]) -> str:
    if isinstance(value, str):
        return texts.one_line(value, 60)
    rounded = Decimal(str(value)).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
    return f"{rounded:,} %"


def _payback(value: Any, _: Mapping[str, Any]) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return texts.one_line(value, 60)
    return f"{int(value):,} {'month' if int(value) == 1 else 'months'}"


def _currency(value: Any, _: Mapping[str, Any]) -> str:
    if value not in money.CURRENCIES:
        raise ValueError(f"{value!r} is not a currency.")
    return str(value)


def _moment(value: Any, _: Mapping[str, Any]) -> datetime:
    if not isinstance(value, datetime) or timezone.is_naive(value):
        raise ValueError("A moment with its time zone is needed.")
    return value


def _optional_moment(value: Any, data: Mapping[str, Any]) -> datetime | None:
    return None if value is None else _moment(value, data)


def _flag(value: Any, _: Mapping[str, Any]) -> bool:
    return bool(value)


NAME = Key(_name, "")

TEMPLATES: dict[str, MailTemplate] = {
    template.name: template
    for template in (
        MailTemplate(Template.WELCOME, Purpose.SERVICE, {"name": NAME}),
        MailTemplate(
            Template.ASSESSMENT_RESULTS,
            Purpose.REQUESTED,
            {
                "name": NAME,
                "score": Key(_score),
                "tier": Key(_line),
                "strengths": Key(_lines, ()),
                "weaknesses": Key(_lines, ()),
                "next_steps": Key(_lines, ()),
                "result_url": Key(_url),
            },
        ),
        MailTemplate(
            Template.ROI_REPORT,
            Purpose.REQUESTED,
            {
                "name": NAME,
                "annual_savings": Key(_amount),
                "roi_percent": Key(_percent),
                "payback": Key(_payback),
                "currency": Key(_currency),
                "result_url": Key(_url),
            },
        ),
        MailTemplate(
            Template.FOLLOW_UP,
            Purpose.MARKETING,
            {"name": NAME, "body": Key(_body), "unsubscribe_url": Key(_optional_url, "")},
        ),
        MailTemplate(
            Template.MEETING_REMINDER,
            Purpose.SERVICE,
            {
                "name": NAME,
                "subject": Key(_line, ""),
                "starts_at": Key(_moment),
                "ends_at": Key(_optional_moment, None),
                "place": Key(_line, ""),
                "host": Key(_line, ""),
                "is_change": Key(_flag, False),
            },
        ),
        MailTemplate(
            Template.CONFIRM_SUBSCRIPTION,
            Purpose.REQUESTED,
            {"name": NAME, "form": Key(_line), "confirm_url": Key(_url)},
        ),
    )
}


def get(name: str) -> MailTemplate:
    """Return a template.

    Raises: ValueError.
    """
    if name not in TEMPLATES:
        raise ValueError(f"There is no mail {name!r}.")
    return TEMPLATES[name]


def time_words(starts_at: datetime, ends_at: datetime | None) -> str:
    """Return when something is, in the time zone in force: ``Monday, 23 Nov 2026, 10:00–10:30``."""
    start = timezone.localtime(starts_at)
    words = f"{start:%A}, {start.day} {formatting.MONTHS[start.month - 1]} {start.year}, {start:%H:%M}"
    if ends_at is not None:
        end = timezone.localtime(ends_at)
        last_day = "" if end.date() == start.date() else f"{end.day} {formatting.MONTHS[end.month - 1]}, "
        words += f" to {last_day}{end:%H:%M}" if last_day else f"–{end:%H:%M}"
    return words
