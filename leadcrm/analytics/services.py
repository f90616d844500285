"""Record events, sum them up by day, and delete old ones."""

from __future__ import annotations

import math
import re
import uuid
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils import timezone

from leadcrm.accounts.models import Organization
from leadcrm.analytics.models import AnalyticsEvent
from leadcrm.analytics.visits import Visit
from leadcrm.core import tenancy

if TYPE_CHECKING:
    from leadcrm.accounts.models import User

PREFIXES = ("page", "assessment", "calculator", "lead", "conversion")
NAME = re.compile(rf"(?:{'|'.join(PREFIXES)})(?:\.[a-z][a-z0-9_]*)+")
MOST_PROPERTIES = 30
LONGEST_TEXT = 200
LONGEST_LIST = 50

ROLL_UP = """
INSERT INTO analytics_analyticssnapshot (id, organization_id, day, event, event_count, session_count, updated_at)
SELECT new_uuid7(), organization_id, (created_at AT TIME ZONE %(zone)s)::date, event, count(*),
    count(DISTINCT session_id) FILTER (WHERE session_id <> ''), %(now)s
FROM analytics_analyticsevent
WHERE organization_id = %(organization)s AND created_at >= %(start)s AND created_at < %(end)s
GROUP BY 2, 3, 4
ON CONFLICT (organization_id, day, event) DO UPDATE
    SET event_count = excluded.event_count, session_count = excluded.session_count, updated_at = excluded.updated_at
"""


def record_event(
    name: str,
    *,
    visit: Visit | None = None,
    user: User | None = None,
    properties: Mapping[str, Any] | None = None,
    organization_id: uuid.UUID | None = None,
) -> None:
    """Record that something happened, in the transaction of the act itself.

    Nothing that names a person belongs into ``properties``.

    Raises: ValueError for a name outside the known kinds, or properties that are not flat.
    """
    if len(name) > 100 or not NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no event: it begins with one of {', '.join(PREFIXES)} and a dot.")
    visit = visit or Visit()
    AnalyticsEvent.objects.create(
        organization_id=organization_id or tenancy.current_organization_id(),
        event=name,
        properties=_clean(properties or {}),
        user=user,
        session_id=visit.session_id,
        url=visit.url,
        referrer=visit.referrer,
        user_agent=visit.user_agent,
        ip_address=visit.ip_address,
    )


def _clean(properties: Mapping[str, Any]) -> dict[str, Any]:
    if len(properties) > MOST_PROPERTIES:
        raise ValueError(f"An event has at most {MOST_PROPERTIES} properties.")
    return {str(key): _clean_value(value) for key, value in properties.items()}


def _clean_value(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_clean_value(item) for item in value[:LONGEST_LIST]]
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, str | uuid.UUID | date):
        # PostgreSQL stores no zero character.
        return str(value).replace("\x00", "")[:LONGEST_TEXT]
    raise ValueError(f"{value!r} cannot be a property of an event.")


@transaction.atomic
def roll_up(*, organization: Organization, days: int = 2, at: datetime | None = None) -> int:
    """Sum up the last ``days`` days of an organisation, today included; doing it again changes nothing.

    Days are those of its time zone. Runs in its scope. Returns how many figures were written.
    """
    now = at or timezone.now()
    today = now.astimezone(organization.tzinfo).replace(hour=0, minute=0, second=0, microsecond=0)
    start = (today.replace(tzinfo=None) - timedelta(days=days - 1)).replace(tzinfo=organization.tzinfo)
    with connection.cursor() as cursor:
        cursor.execute(
            ROLL_UP,
            {
                "zone": organization.time_zone,
                "organization": organization.pk,
                "start": start,
                "end": now + timedelta(seconds=1),
                "now": now,
            },
        )
        return int(cursor.rowcount)


def roll_up_all() -> int:
    """Sum up the last days of every organisation, each in a transaction of its own."""
    written = 0
    for organization in Organization.objects.filter(is_active=True).order_by("pk").iterator():
        with tenancy.organization_scope(organization.pk):
            written += roll_up(organization=organization)
    return written


def delete_events_before(moment: datetime) -> int:
    """Delete what is older from the organisation of the scope; return how many events that were.

    The application cannot delete events by itself: a function of the owner does it, and refuses young ones. Daily
    figures stay, because they are about nobody.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT analytics_forget_events(%s)", [moment])
        row = cursor.fetchone()
    return int(row[0]) if row else 0
