"""Links to a result for others, and assessments that nobody goes on with."""

from datetime import timedelta

import pytest
from django.utils import timezone

from assessments.choices import AssessmentStatus
from assessments.models import Assessment
from assessments.services import abandoning, answering, sharing
from leadcrm.audit import settings
from leadcrm.core import public_tokens, tenancy
from tests.factories.assessments import AssessmentFactory
from tests.factories.leads import LeadFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def done(scope, organization):
    return AssessmentFactory(organization=organization, completed=True, lead=LeadFactory(organization=organization))


def find(token):
    return public_tokens.find_here(answering.SHARED_LOOKUP, token)


def test_a_shared_link_leads_to_its_result_until_it_is_taken_back(done):
    token = sharing.share(assessment=done)
    assert find(token) == done.pk
    sharing.revoke(assessment=done)
    assert find(token) is None
    assert not sharing.revoke(assessment=done).is_shared


def test_a_new_link_replaces_the_earlier_one(done):
    earlier, later = sharing.share(assessment=done), sharing.share(assessment=done)
    assert (find(earlier), find(later)) == (None, done.pk)


def test_the_private_link_is_no_shared_link(scope, organization):
    AssessmentFactory(organization=organization, token="private")
    assert find("private") is None


def test_there_is_nothing_to_share_before_the_end(assessment):
    with pytest.raises(sharing.NotFinished):
        sharing.share(assessment=assessment)


def test_idle_assessments_are_abandoned_after_the_days_of_the_organization(organization, other_organization, admin):
    idle = AssessmentFactory(organization=organization, idle=True)
    fresh = AssessmentFactory(organization=organization)
    theirs = AssessmentFactory(organization=other_organization, idle=True)
    with tenancy.organization_scope(other_organization.pk):
        settings.change(key="assessments.abandoned_days", value=30, actor=None)
    assert abandoning.abandon_idle() == 1
    with tenancy.staff_scope():
        states = dict(Assessment.objects.values_list("pk", "status"))
    assert states == {
        idle.pk: AssessmentStatus.ABANDONED, fresh.pk: AssessmentStatus.STARTED, theirs.pk: AssessmentStatus.STARTED,
    }  # fmt: skip
    assert abandoning.abandon_idle() == 0
    assert abandoning.abandon_idle(at=timezone.now() + timedelta(days=31)) == 2


def test_a_completed_assessment_is_never_abandoned(done):
    Assessment.objects.update(last_activity_at=timezone.now() - timedelta(days=400))
    with tenancy.organization_scope(done.organization_id):
        assert not Assessment.objects.idle_since(timezone.now()).exists()
