"""Assessments in the admin: questionnaires are edited here, and what visitors answered is read."""

from assessments.admin.assessments import AssessmentAdmin
from assessments.admin.calculations import CalculationAdmin, ProposalAdmin
from assessments.admin.capture_forms import CaptureFormAdmin, SubmissionAdmin
from assessments.admin.questionnaires import QuestionnaireAdmin

__all__ = [
    "AssessmentAdmin",
    "CalculationAdmin",
    "CaptureFormAdmin",
    "ProposalAdmin",
    "QuestionnaireAdmin",
    "SubmissionAdmin",
]
