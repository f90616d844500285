"""Count assessments that nobody went on with as abandoned. Their links still work."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.utils import timezone

from assessments.choices import AssessmentStatus
from assessments.events import AssessmentEvent
from assessments.models import Assessment
from leadcrm.analytics.services import record_event
from leadcrm.audit import services as audit
from leadcrm.audit import settings
from leadcrm.core import tenancy

# No organisation may choose fewer days.
SHORTEST = timedelta(days=1)
BATCH = 500


def abandon_idle(*, at: datetime | None = None) -> int:
    """Look at every organisation with an idle assessment; return how many were counted as abandoned.

    Safe in parallel: what another worker has locked is skipped.
    """
    now = at or timezone.now()
    with tenancy.staff_scope():
        found = list(
            Assessment.objects.idle_since(now - SHORTEST)
            .order_by()
            .values_list("organization_id", flat=True)
            .distinct()
        )
    return sum(_abandon_of(organization_id, now) for organization_id in found)


def _abandon_of(organization_id: uuid.UUID, now: datetime) -> int:
    count = 0
    while True:
        with tenancy.organization_scope(organization_id):
            days = int(settings.get("assessments.abandoned_days"))
            idle = Assessment.objects.idle_since(now - timedelta(days=days)).order_by("last_activity_at")
            rows = list(idle.select_for_update(skip_locked=True, no_key=True)[:BATCH])
            for assessment in rows:
                assessment.status, assessment.abandoned_at = AssessmentStatus.ABANDONED, now
                audit.record(AssessmentEvent.ABANDONED, assessment, actor=None)
                record_event("assessment.abandoned", properties={"answered": assessment.answered_count})
            Assessment.objects.bulk_update(rows, ["status", "abandoned_at"])
        count += len(rows)
        if len(rows) < BATCH:
            return count
