"""The demo organisation has a questionnaire, visitors on every step of it, and results beside its leads."""

import pytest
from django.core.management import call_command

from assessments.choices import AssessmentStatus
from assessments.models import Assessment, Questionnaire
from leadcrm.core import tenancy


@pytest.mark.django_db
def test_the_demo_shows_assessments_on_every_step(capsys):
    call_command("load_demo")
    with tenancy.staff_scope():
        assert Questionnaire.objects.get().is_published
        states = set(Assessment.objects.values_list("status", flat=True))
        assert states == set(AssessmentStatus.values)
        completed = Assessment.objects.filter(status=AssessmentStatus.COMPLETED)
        assert completed.count() == 9
        assert all(one.lead_id and one.lead.journey.filter(event_type="assessment_completed") for one in completed)
