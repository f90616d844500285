"""What assessments do when the platform announces something."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.dispatch import receiver

from assessments.services import demo, demo_calculations, questionnaires
from leadcrm.accounts.models import Organization, User
from leadcrm.accounts.signals import organization_created
from leads.signals import demo_loading


@receiver(organization_created)
def seed_questionnaire(sender: Any, organization: Organization, **kwargs: Any) -> None:  # noqa: ARG001 — the signature is Django's
    """Give a new organisation a questionnaire that visitors can answer at once."""
    questionnaires.seed(organization_id=organization.pk)


@receiver(demo_loading)
def load_demo(sender: Any, organization: Organization, people: Mapping[str, User], **kwargs: Any) -> None:  # noqa: ARG001 — the signature is Django's
    """Give the demo organisation visitors who came to the end and visitors who left, calculations and a proposal."""
    demo.load()
    demo_calculations.load(organization=organization, people=people)
