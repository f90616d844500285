"""The tables of assessments."""

from assessments.models.assessment import Assessment
from assessments.models.questionnaire import Question, QuestionCategory, Questionnaire

__all__ = ["Assessment", "Question", "QuestionCategory", "Questionnaire"]
