"""What assessments do when the platform announces something."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from assessments.services import questionnaires
from leadcrm.accounts.models import Organization
from leadcrm.accounts.signals import organization_created


@receiver(organization_created)
def seed_questionnaire(sender: Any, organization: Organization, **kwargs: Any) -> None:  # noqa: ARG001 — the signature is Django's
    """Give a new organisation a questionnaire that visitors can answer at once."""
    questionnaires.seed(organization_id=organization.pk)
