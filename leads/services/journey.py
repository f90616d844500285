"""Write the timeline of a lead."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from leads.choices import JourneyEventType
from leads.models import JourneyEvent, Lead

if TYPE_CHECKING:
    from leadcrm.accounts.models import User


def record(
    lead: Lead,
    event_type: JourneyEventType | str,
    *,
    actor: User | None,
    name: str = "",
    description: str = "",
    properties: Mapping[str, Any] | None = None,
    occurred_at: datetime | None = None,
) -> JourneyEvent:
    """Add one event; ``name`` is what people read and defaults to the label of the type."""
    label = JourneyEventType(event_type).label if event_type in JourneyEventType.values else str(event_type)
    return JourneyEvent.objects.create(
        organization_id=lead.organization_id,
        lead=lead,
        event_type=str(event_type),
        event_name=name or label,
        description=description,
        properties=dict(properties or {}),
        user=actor,
        occurred_at=occurred_at or timezone.now(),
    )
