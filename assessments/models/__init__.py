"""The tables of assessments."""

from assessments.models.assessment import Assessment
from assessments.models.calculation import Calculation
from assessments.models.capture_form import CaptureForm, Submission
from assessments.models.proposal import Proposal
from assessments.models.questionnaire import Question, QuestionCategory, Questionnaire

__all__ = [
    "Assessment",
    "Calculation",
    "CaptureForm",
    "Proposal",
    "Question",
    "QuestionCategory",
    "Questionnaire",
    "Submission",
]
