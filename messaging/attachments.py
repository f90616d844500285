"""Attachments are made by the worker, right before a mail leaves, from what was decided when it was queued."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from icalendar import Calendar, Event

from leadcrm.core.registry import Registry

Maker = Callable[[dict[str, Any]], bytes]

# Name → function of the arguments; it runs in the scope of the organisation. Apps above add theirs in ``ready()``.
MAKERS: Registry[Maker] = Registry("maker of attachments")


@dataclass(frozen=True)
class Attachment:
    """What is attached: its file name, its media type, and who makes it of which arguments (which fit into JSON)."""

    name: str
    media_type: str
    maker: str
    arguments: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"name": self.name, "media_type": self.media_type, "maker": self.maker, "arguments": self.arguments}


@dataclass(frozen=True)
class Made:
    name: str
    media_type: str
    content: bytes


def make(stored: Mapping[str, Any]) -> Made:
    """Return an attachment as it is sent.

    Raises: KeyError when nobody makes such a thing (any more), and whatever its maker raises.
    """
    content = MAKERS.get(stored["maker"])(dict(stored["arguments"]))
    return Made(stored["name"], stored["media_type"], content)


def calendar_entry(arguments: dict[str, Any]) -> bytes:
    """Return a meeting as an iCalendar file.

    ``arguments``: uid, sequence, starts_at, ends_at, stamp (ISO 8601), summary, place, organizer {name, email}.
    It is published, not a request: answers of calendars would go to an address that nobody reads. A later mail with
    the same uid and a higher sequence moves the entry.
    """
    event = Event()
    event.add("uid", arguments["uid"])
    event.add("sequence", int(arguments["sequence"]))
    event.add("dtstamp", datetime.fromisoformat(arguments["stamp"]))
    event.add("dtstart", datetime.fromisoformat(arguments["starts_at"]))
    event.add("dtend", datetime.fromisoformat(arguments["ends_at"]))
    event.add("summary", arguments["summary"])
    event.add("status", "CONFIRMED")
    event.add("transp", "OPAQUE")
    if arguments.get("place"):
        event.add("location", arguments["place"])
    organizer = arguments.get("organizer") or {}
    if organizer.get("email"):
        event.add("organizer", f"mailto:{organizer['email']}", parameters={"CN": organizer.get("name", "")})
    calendar = Calendar()
    calendar.add("prodid", "-//leadcrm//meetings//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    return bytes(calendar.to_ical())


MAKERS.register("messaging.calendar_entry", calendar_entry)
