"""The timeline of a lead: what happened, what was written and what was done, newest first, page by page."""

from __future__ import annotations

import base64
import binascii
import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import F, Q
from django.db.models.functions import Coalesce

from leads.choices import ActivityType, JourneyEventType
from leads.models import Activity, JourneyEvent, Lead, LeadNote
from leads.reports.facts import words_for

PAGE = 25
# Longer texts are folded after this many characters.
FOLD = 420
MOST_CHANGES = 12
# Partitions are chosen by when a row was written. Clocks of an application and a database may differ.
MARGIN = timedelta(days=1)


class Kind(StrEnum):
    ALL = "all"
    NOTES = "notes"
    ACTIVITIES = "activities"
    CHANGES = "changes"


KINDS = ((Kind.ALL, "All"), (Kind.NOTES, "Notes"), (Kind.ACTIVITIES, "Activities"), (Kind.CHANGES, "Changes"))

ICONS: dict[str, tuple[str, str]] = {
    JourneyEventType.LEAD_CREATED: ("sparkles", "accent"),
    JourneyEventType.LEAD_IMPORTED: ("file-up", "accent"),
    JourneyEventType.LEAD_UPDATED: ("pencil", ""),
    JourneyEventType.LEAD_ASSIGNED: ("user-check", ""),
    JourneyEventType.LEAD_QUALIFIED: ("badge-check", "good"),
    JourneyEventType.LEAD_DELETED: ("trash-2", "bad"),
    JourneyEventType.LEAD_RESTORED: ("undo-2", ""),
    JourneyEventType.STATUS_UPDATED: ("move-right", "accent"),
    JourneyEventType.TAGS_CHANGED: ("tag", ""),
    JourneyEventType.EMAIL_SENT: ("send", ""),
    JourneyEventType.EMAIL_OPENED: ("mail-open", ""),
    JourneyEventType.ASSESSMENT_COMPLETED: ("clipboard-check", "good"),
    JourneyEventType.CALCULATION_PERFORMED: ("calculator", ""),
    JourneyEventType.PAGE_VIEWED: ("eye", ""),
}
ACTIVITY_ICONS: dict[str, str] = {
    ActivityType.CALL: "phone",
    ActivityType.EMAIL: "mail",
    ActivityType.MEETING: "users",
    ActivityType.DEMO: "presentation",
    ActivityType.PROPOSAL: "file-text",
    ActivityType.FOLLOW_UP: "reply",
    ActivityType.NOTE: "sticky-note",
    ActivityType.TASK: "square-check",
    ActivityType.SOCIAL_INTERACTION: "message-circle",
}


@dataclass(frozen=True, slots=True)
class Change:
    """A fact before and after."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Item:
    """One entry. ``body`` begins a long text and ``rest`` ends it."""

    id: uuid.UUID
    at: datetime
    kind: Kind
    icon: str
    tone: str
    actor: str
    text: str
    body: str = ""
    rest: str = ""
    length: int = 0
    changes: list[Change] = field(default_factory=list)
    note: LeadNote | None = None
    activity: Activity | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    items: list[Item]
    kind: Kind
    next_cursor: str = ""
    is_first: bool = True


def kind_of(text: str | None) -> Kind:
    """Return the kind that a filter names; anything unknown is all."""
    try:
        return Kind(text or "")
    except ValueError:
        return Kind.ALL


def timeline(lead: Lead, *, kind: Kind = Kind.ALL, cursor: str = "", now: datetime, size: int = PAGE) -> Timeline:
    """Return one page of the timeline. Costs one query for each of events, notes and activities that it needs.

    An event that belongs to a note or an activity is not shown: that note or activity is. What was deleted
    leaves nothing.
    """
    place = _decode(cursor)
    found: list[Item] = []
    if kind in (Kind.ALL, Kind.CHANGES):
        events = (
            JourneyEvent.objects.filter(lead=lead)
            # Nothing is written about a lead before it exists, which spares the partitions of older months.
            .filter(created_at__gte=lead.created_at - MARGIN, created_at__lte=now + MARGIN)
            .exclude(properties__has_any_keys=["note", "activity"])
            .select_related("user")
            .newest_first()
        )
        found += [_event(event, lead.currency) for event in _before(events, "occurred_at", place)[: size + 1]]
    if kind in (Kind.ALL, Kind.NOTES):
        notes = LeadNote.objects.filter(lead=lead).select_related("author").order_by("-created_at", "-id")
        found += [_note(note) for note in _before(notes, "created_at", place)[: size + 1]]
    if kind in (Kind.ALL, Kind.ACTIVITIES):
        activities = (
            Activity.objects.filter(lead=lead)
            .annotate(at=Coalesce(F("completed_at"), F("cancelled_at"), F("created_at")))
            .select_related("user")
            .order_by("-at", "-id")
        )
        found += [_activity(activity) for activity in _before(activities, "at", place)[: size + 1]]
    found.sort(key=lambda item: (item.at, item.id), reverse=True)
    items = found[:size]
    more = len(found) > size
    return Timeline(items, kind, _encode(items[-1]) if more else "", place is None)


def _before(queryset: Any, column: str, place: tuple[datetime, uuid.UUID] | None) -> Any:
    if place is None:
        return queryset
    at, pk = place
    # The first condition is what lets an index find the place; the second settles equal moments.
    return queryset.filter(**{f"{column}__lte": at}).filter(Q(**{f"{column}__lt": at}) | Q(id__lt=pk))


def _encode(item: Item) -> str:
    raw = json.dumps([item.at.isoformat(), str(item.id)])
    return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


def _decode(cursor: str) -> tuple[datetime, uuid.UUID] | None:
    if not cursor:
        return None
    try:
        at, pk = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        moment = datetime.fromisoformat(at)
        return (moment, uuid.UUID(pk)) if moment.tzinfo else None
    except (ValueError, TypeError, AttributeError, binascii.Error, RecursionError):
        return None


def _folded(text: str) -> tuple[str, str]:
    """Return the beginning of a long text up to the end of a word, and the rest."""
    if len(text) <= FOLD:
        return text, ""
    end = text.rfind(" ", FOLD // 2, FOLD)
    end = end if end > 0 else FOLD
    return text[:end], text[end:]


def _event(event: JourneyEvent, currency: str) -> Item:
    icon, tone = ICONS.get(event.event_type, ("circle-dot", ""))
    is_update = event.event_type == JourneyEventType.LEAD_UPDATED
    changes = list(_changes(event.properties, currency)) if is_update else []
    body, rest = _folded("" if changes else event.description)
    return Item(
        id=event.id, at=event.occurred_at, kind=Kind.CHANGES, icon=icon, tone=tone, actor=str(event.user or ""),
        text=event.event_name, body=body, rest=rest, length=len(event.description), changes=changes,
    )  # fmt: skip


def _changes(properties: Mapping[str, Any], currency: str) -> Iterable[Change]:
    for name, pair in list(properties.items())[:MOST_CHANGES]:
        if not (isinstance(pair, list) and len(pair) == 2):
            continue
        before, after = (_short(words_for(name, _typed(name, value), currency=currency)) for value in pair)
        yield Change(_label(name), before or "nothing", after or "nothing")


def _typed(name: str, value: Any) -> Any:
    """Return a stored value in the type of its column, as far as words need it."""
    if isinstance(value, str) and name.endswith(("_on", "_at")):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return value
        return moment.date() if name.endswith("_on") else moment
    return value


def _short(text: str) -> str:
    return text if len(text) <= 120 else text[:117] + "…"


def _label(name: str) -> str:
    if name.startswith("custom_fields"):
        return name.removeprefix("custom_fields.").replace("_", " ").capitalize()
    try:
        label = str(Lead._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
    except LookupError:
        label = name.replace("_", " ")
    return label[:1].upper() + label[1:]


def _note(note: LeadNote) -> Item:
    body, rest = _folded(note.content)
    return Item(
        id=note.id, at=note.created_at, kind=Kind.NOTES, icon="sticky-note", tone="", actor=str(note.author or ""),
        text="wrote a note" if note.author else "A note", body=body, rest=rest, length=len(note.content), note=note,
    )  # fmt: skip


def _activity(activity: Any) -> Item:
    kind = activity.get_type_display()
    if activity.completed_at:
        words, tone = f"{kind} done", "good"
    elif activity.cancelled_at:
        words, tone = f"{kind} cancelled", ""
    else:
        words, tone = f"{kind} planned", "accent"
    lines = [activity.subject, activity.outcome, activity.description]
    text = "\n".join(line for line in lines if line)
    body, rest = _folded(text)
    return Item(
        id=activity.id, at=activity.at, kind=Kind.ACTIVITIES,
        icon=ACTIVITY_ICONS.get(activity.type, "square-check"), tone=tone,
        actor=str(activity.user or ""), text=words, body=body, rest=rest, length=len(text), activity=activity,
    )  # fmt: skip
