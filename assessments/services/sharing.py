"""Let the person who answered show the result to others, and take that back."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from assessments.events import AssessmentEvent
from assessments.models import Assessment
from assessments.services import answering
from leadcrm.audit import services as audit
from leadcrm.core import public_tokens
from leadcrm.core.errors import DomainError


class NotFinished(DomainError):
    """There is no result to share yet."""

    code = "not_finished"


@transaction.atomic
def share(*, assessment: Assessment) -> str:
    """Return the token of a new link to the result; an earlier link no longer works, for its token is kept nowhere.

    Raises: NotFinished.
    Side effects: audit entry.
    """
    current = answering.lock(assessment.pk)
    if not current.is_completed:
        raise NotFinished("Finish the assessment first; then there is a result to share.")
    token, current.share_token_hash = public_tokens.new_token()
    current.shared_at = timezone.now()
    current.save(update_fields=["share_token_hash", "shared_at", "updated_at"])
    audit.record(AssessmentEvent.SHARED, current, actor=None)
    return token


@transaction.atomic
def revoke(*, assessment: Assessment) -> Assessment:
    """End the link to the result; a second time is a no-op.

    Side effects: audit entry.
    """
    current = answering.lock(assessment.pk)
    if current.is_shared:
        current.share_token_hash = current.shared_at = None
        current.save(update_fields=["share_token_hash", "shared_at", "updated_at"])
        audit.record(AssessmentEvent.SHARE_REVOKED, current, actor=None)
    return current
