"""Calculations and proposals. Pass a ``lead``; what is not named is computed by the rates in force."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from assessments.choices import CalculationType
from assessments.rules import roi as rules
from assessments.services import calculations, estimates, proposals, roi
from leadcrm.core import public_tokens, tenancy

# The calculation of the worked case: 100 people, 600,000 a year, a fifth of the time lost.
INPUTS = {"employees": 100, "average_annual_salary": 600_000, "overhead_percent": 20, "inefficiency_percent": 20}
ROI_DATA = {**{name: str(value) for name, value in INPUTS.items()}, "tier": "L2"}
ESTIMATE_DATA = {
    "project_type": "platform", "complexity": "medium", "timeline": "fast", "services": ["training", "integration"],
}  # fmt: skip


def save_roi(lead, *, actor=None, label="", tier="L2", token=None, **inputs):
    """Keep an ROI calculation on a lead."""
    given = {**INPUTS, **inputs}
    with tenancy.organization_scope(lead.organization_id):
        asked = rules.Inputs(
            employees=given["employees"],
            **{name: Decimal(str(value)) for name, value in given.items() if name != "employees"},
        )
        return calculations.save_for_lead(
            lead=lead, type=CalculationType.ROI, computed=roi.compute(tier=tier, inputs=asked),
            currency=lead.organization.currency, actor=actor, label=label,
            token_hash=public_tokens.hash_token(token) if token else None,
        )  # fmt: skip


def save_estimate(lead, *, actor=None, label="", token=None, **inputs):
    """Keep a project estimate on a lead."""
    with tenancy.organization_scope(lead.organization_id):
        return calculations.save_for_lead(
            lead=lead, type=CalculationType.PROJECT_ESTIMATE, computed=estimates.compute(**{**ESTIMATE_DATA, **inputs}),
            currency=lead.organization.currency, actor=actor, label=label,
            token_hash=public_tokens.hash_token(token) if token else None,
        )  # fmt: skip


def make_proposal(lead, *, actor, valid_until=None, title="Platform for quotations", introduction="", calculation=None):
    """Offer an estimate to a lead; return the proposal and the token of its link."""
    with tenancy.organization_scope(lead.organization_id):
        proposal = proposals.make(
            calculation=calculation or save_estimate(lead, actor=actor), title=title, introduction=introduction,
            valid_until=valid_until or timezone.localdate() + timedelta(days=30), actor=actor,
        )  # fmt: skip
        return proposals.renew_link(proposal=proposal, actor=actor)
