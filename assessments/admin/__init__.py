"""Assessments in the admin."""

from assessments.admin.calculations import CalculationAdmin, ProposalAdmin

__all__ = ["CalculationAdmin", "ProposalAdmin"]
