import pytest

from assessments.models import Questionnaire
from assessments.reports.sheet import sheet_of
from tests.factories.assessments import AssessmentFactory


@pytest.fixture
def sheet(scope):
    """Return the seeded questions."""
    return sheet_of(Questionnaire.objects.get())


@pytest.fixture
def assessment(scope, organization):
    """Return an assessment that was just started, with the private link ``secret``."""
    return AssessmentFactory(organization=organization, token="secret")
