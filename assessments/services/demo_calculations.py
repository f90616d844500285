"""Calculations and a proposal for the demo organisation, so that every page has something to show."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils import timezone

from assessments.choices import CalculationType
from assessments.preferences import PUBLIC_ESTIMATE
from assessments.rules.roi import Inputs
from assessments.services import calculations, estimates, proposals, roi
from leadcrm.audit import settings
from leads.choices import LeadStatus
from leads.models import Lead

if TYPE_CHECKING:
    from leadcrm.accounts.models import Organization, User

VERSIONS = (("One site", 60, "L2"), ("All three sites", 180, "L3"))


def load(*, organization: Organization, people: Mapping[str, User]) -> None:
    """Keep two versions of returns on a lead of the rep, and offer it a project; switch the public estimate on."""
    rep = people["rep@demo.example"]
    settings.change(key=PUBLIC_ESTIMATE, value=True, actor=people["admin@demo.example"])
    lead = Lead.objects.filter(assigned_to=rep, status=LeadStatus.PROPOSAL).select_related("organization").first()
    if lead is None:
        return
    kept = {"lead": lead, "currency": organization.currency, "actor": rep}
    for label, employees, tier in VERSIONS:
        inputs = Inputs(employees=employees, average_annual_salary=Decimal(600_000), inefficiency_percent=Decimal(12))
        calculations.save_for_lead(
            **kept, type=CalculationType.ROI, computed=roi.compute(tier=tier, inputs=inputs), label=label
        )
    estimate = calculations.save_for_lead(
        **kept,
        type=CalculationType.PROJECT_ESTIMATE,
        computed=estimates.compute(
            project_type="platform", complexity="medium", timeline="standard", services=["integration", "training"]
        ),
        label="Platform for planning",
    )
    proposals.make(
        calculation=estimate,
        title="Planning without copying",
        introduction="As we discussed: one place for orders, people and machines.",
        valid_until=timezone.localdate() + timedelta(days=30),
        actor=rep,
    )
