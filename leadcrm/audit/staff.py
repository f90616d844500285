"""Log what staff see and change in the admin, and tell the admin what is known about an object."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.db.models import Model
from django.dispatch import receiver

from leadcrm.audit import services
from leadcrm.audit.events import AuditEvent
from leadcrm.audit.models import ActivityLog, FieldChange
from leadcrm.core.admin import HistoryLine, history_sources
from leadcrm.core.signals import staff_accessed

if TYPE_CHECKING:
    from leadcrm.accounts.models import User

MOST_LINES = 200
EVENTS = {
    "list": AuditEvent.STAFF_ACCESS,
    "view": AuditEvent.STAFF_ACCESS,
    "add": AuditEvent.STAFF_ADDED,
    "change": AuditEvent.STAFF_CHANGED,
    "delete": AuditEvent.STAFF_DELETED,
}


@receiver(staff_accessed, dispatch_uid="audit.staff_accessed")
def log_access(
    kind: str,
    actor: User,
    model: type[Model],
    organization_id: uuid.UUID,
    obj: Any,
    details: dict[str, Any],
    **_: Any,
) -> None:
    changes = details.pop("changes", {})
    noun = model._meta.verbose_name_plural if obj is None else model._meta.verbose_name
    services.record(
        EVENTS[kind],
        obj,
        actor=actor,
        description=f"{noun}: {obj}" if obj is not None else str(noun),
        changes=changes,
        metadata={"kind": kind, "model": model._meta.label, **details},
        organization_id=organization_id,
    )


def history_of(obj: Model) -> Iterator[HistoryLine]:
    """Yield the newest entries about an object and, from the field history, every change however it was made."""
    organization_id = getattr(obj, "organization_id", None) or (
        obj.pk if obj._meta.label == "accounts.Organization" else None
    )
    if organization_id is None:
        return
    entries = ActivityLog.objects.in_organization(organization_id).about(str(obj._meta.model_name), obj.pk)
    for entry in entries.newest_first()[:MOST_LINES]:
        pairs = [(name, pair) for name, pair in entry.changes.items() if isinstance(pair, list) and len(pair) == 2]
        yield HistoryLine(
            entry.created_at,
            entry.actor_name or "leadcrm",
            f"{entry.words}{f': {entry.description}' if entry.description else ''}",
            [(name, _text(before), _text(after)) for name, (before, after) in pairs],
        )
    rows = list(
        FieldChange.objects.in_organization(organization_id)
        .filter(entity_type=obj._meta.db_table, entity_id=obj.pk)
        .order_by("-created_at")[:MOST_LINES]
    )
    names = dict(
        get_user_model()
        .objects.filter(pk__in={row.actor_id for row in rows if row.actor_id})
        .values_list("pk", "full_name")
    )
    for row in rows:
        yield HistoryLine(
            row.created_at,
            names.get(row.actor_id, "leadcrm"),
            f"the row's {row.operation}",
            [(name, _text(before), _text(after)) for name, (before, after) in row.changes.items()],
        )


def _text(value: Any) -> str:
    if value is None or value == "":
        return "–"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


history_sources.append(history_of)
