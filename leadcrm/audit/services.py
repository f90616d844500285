"""Write the audit log and the domain events, and read and change settings."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.db import transaction

from leadcrm.audit.models import ActivityLog, DomainEvent
from leadcrm.core import logs, tenancy
from leadcrm.core.models import UUIDModel

if TYPE_CHECKING:
    from leadcrm.accounts.models import User


def record(
    action: StrEnum,
    entity: UUIDModel | None = None,
    *,
    actor: User | None,
    description: str = "",
    changes: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
    organization_id: uuid.UUID | None = None,
) -> ActivityLog:
    """Write one audit entry in the transaction of the act itself.

    ``changes`` maps a field to (before, after). An ``actor`` of None is leadcrm itself.
    """
    return ActivityLog.objects.create(
        organization_id=organization_id
        or getattr(entity, "organization_id", None)
        or tenancy.current_organization_id(),
        actor=actor,
        actor_name=str(actor) if actor else "",
        entity_type=str(entity._meta.model_name) if entity is not None else "",
        entity_id=entity.pk if entity is not None else None,
        action=action.value,
        description=description,
        changes={field: list(pair) for field, pair in (changes or {}).items()},
        metadata=dict(metadata or {}),
        request_id=logs.request_id.get(),
    )


@transaction.atomic
def announce(
    name: StrEnum, entity: UUIDModel, *, actor: User | None = None, payload: Mapping[str, Any] | None = None
) -> DomainEvent:
    """Write a domain event in the same transaction as the change it announces."""
    return DomainEvent.objects.create(
        organization_id=entity.organization_id,  # type: ignore[attr-defined]
        name=name.value,
        entity_type=str(entity._meta.model_name),
        entity_id=entity.pk,
        payload=dict(payload or {}),
        actor_id=actor.pk if actor else None,
    )
