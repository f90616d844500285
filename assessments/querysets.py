"""Questions asked of questionnaires and assessments, as adjectives that chain."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.db.models import Count, IntegerField, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from assessments.choices import AssessmentStatus, SubmissionState
from leadcrm.core.models import TenantQuerySet
from leads.querysets import reach_condition

if TYPE_CHECKING:
    from leadcrm.accounts.models import User


class QuestionnaireQuerySet(TenantQuerySet[Any]):
    def published(self) -> Self:
        return self.filter(published_at__isnull=False)

    def newest_first(self) -> Self:
        return self.order_by("-version")


class AssessmentQuerySet(TenantQuerySet[Any]):
    def visible_to(self, user: User) -> Self:
        """Narrow to the assessments of leads that ``user`` sees, and to those that belong to nobody yet."""
        of_seen_leads = Q(lead__deleted_at__isnull=True) & reach_condition(user, prefix="lead__")
        return self.filter(Q(lead__isnull=True) | of_seen_leads, organization_id=user.organization_id)

    def completed(self) -> Self:
        return self.filter(status=AssessmentStatus.COMPLETED)

    def idle_since(self, moment: datetime) -> Self:
        """Narrow to unfinished assessments that nobody has continued since ``moment``."""
        return self.filter(status=AssessmentStatus.STARTED, last_activity_at__lt=moment)

    def newest_first(self) -> Self:
        return self.order_by("-last_activity_at", "-id")


class CaptureFormQuerySet(TenantQuerySet[Any]):
    def with_counts(self) -> Self:
        """Add ``answer_count`` and ``quarantine_count``."""
        answers = self.model._meta.get_field("submissions").related_model.objects.filter(form=OuterRef("pk"))
        counted = answers.order_by().values("form").annotate(size=Count("*")).values("size")
        kept_back = counted.filter(state=SubmissionState.QUARANTINED)
        return self.annotate(
            answer_count=Coalesce(Subquery(counted, output_field=IntegerField()), 0),
            quarantine_count=Coalesce(Subquery(kept_back, output_field=IntegerField()), 0),
        )


class SubmissionQuerySet(TenantQuerySet[Any]):
    def quarantined(self) -> Self:
        return self.filter(state=SubmissionState.QUARANTINED)

    def newest_first(self) -> Self:
        return self.order_by("-id")
