"""What leads do when the platform announces something."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from leadcrm.accounts.models import Organization
from leadcrm.accounts.signals import organization_created
from leads.services import pipeline


@receiver(organization_created)
def seed_pipeline(sender: Any, organization: Organization, **kwargs: Any) -> None:  # noqa: ARG001 — the signature is Django's
    """Give a new organisation its first pipeline, because a lead cannot exist without a stage."""
    pipeline.seed_default_pipeline(organization=organization)
