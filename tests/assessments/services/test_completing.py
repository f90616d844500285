"""Completing an assessment: one transaction with everything that follows, once."""

import pytest
from django.db import DatabaseError, connection

from assessments.choices import AssessmentStatus
from assessments.models import Assessment
from assessments.services import agreements, answering, completing
from leadcrm.audit.models import ActivityLog, DomainEvent
from leads.choices import JourneyEventType, LeadSource, ServiceTier
from leads.models import JourneyEvent, Lead, LeadScore
from tests.factories.assessments import MIXED, AssessmentFactory
from tests.factories.leads import LeadFactory

pytestmark = pytest.mark.django_db
GRETA = completing.Person("Greta@Weber.example", "Greta", "Weber", "Weber GmbH")


@pytest.fixture
def answered(assessment, sheet):
    answers = {question.pk: value for question, value in zip(sheet.questions, MIXED, strict=True)}
    return answering.save_answers(assessment=assessment, sheet=sheet, answers=answers)


def complete(assessment, sheet, person=GRETA, purposes=("service",), **kwargs):
    return completing.complete(
        assessment=assessment, sheet=sheet, person=person, result_url="https://crm.example/a/x/secret/result/",
        agreements=agreements.agreements(assessment.organization, purposes), **kwargs,
    )  # fmt: skip


def test_the_result_has_the_numbers_of_the_rules(answered, sheet):
    done = complete(answered, sheet)
    # 0.30 × 91.67 + 0.25 × 16.67 + 0.25 × 75 + 0.20 × 37.5 = 57.92
    assert (done.status, done.score, done.tier) == (AssessmentStatus.COMPLETED, 58, ServiceTier.L3_CONSULTING)
    assert {one["key"]: one["score"] for one in done.categories} == {
        "technology": "91.7", "process": "16.7", "team": "75.0", "strategy": "37.5",
    }  # fmt: skip
    assert done.strengths[0].startswith("Technology (91.7 of 100): strongest in access to your data")
    assert done.weaknesses[0].startswith("Process (16.7 of 100): weakest in repetitive work")
    assert done.recommendations[0].startswith("L3 Consulting: ")
    assert len(done.recommendations) == 5


def test_it_becomes_a_lead_with_score_and_timeline(answered, sheet, team):
    done = complete(answered, sheet)
    lead = Lead.objects.get()
    assert done.lead == lead
    assert (lead.email, lead.full_name, lead.company) == ("greta@weber.example", "Greta Weber", "Weber GmbH")
    assert (lead.source, lead.service_tier, lead.team) == (LeadSource.ASSESSMENT, ServiceTier.L3_CONSULTING, team)
    # 40, company 15, own domain 20, tier 5
    assert lead.score == 80 and LeadScore.objects.filter(lead=lead).exists()
    assert lead.engagement_level != "unknown"
    event = JourneyEvent.objects.get(event_type=JourneyEventType.ASSESSMENT_COMPLETED)
    assert event.description == "58 of 100, L3 Consulting"
    assert DomainEvent.objects.get(name="assessment.completed").payload["lead"] == str(lead.pk)
    assert ActivityLog.objects.filter(action="assessment.completed").count() == 1


def test_a_second_time_changes_nothing(answered, sheet):
    done = complete(answered, sheet)
    again = complete(answered, sheet, person=completing.Person("other@weber.example"))
    assert (again.pk, again.email) == (done.pk, "greta@weber.example")
    assert Lead.objects.count() == 1
    assert JourneyEvent.objects.filter(event_type=JourneyEventType.ASSESSMENT_COMPLETED).count() == 1
    assert DomainEvent.objects.filter(name="assessment.completed").count() == 1


def test_two_assessments_of_one_address_are_one_lead(answered, sheet, organization):
    complete(answered, sheet)
    second = AssessmentFactory(organization=organization, answers=answered.answers)
    complete(second, sheet)
    assert Lead.objects.count() == 1
    assert Lead.objects.get().assessments.count() == 2


def test_a_lead_that_is_known_keeps_what_is_known(answered, sheet, organization):
    known = LeadFactory(
        organization=organization, email="greta@weber.example", first_name="Margarete", company="", source="referral"
    )
    complete(answered, sheet)
    known.refresh_from_db()
    assert (known.first_name, known.company, known.source) == ("Margarete", "Weber GmbH", "referral")


def test_open_questions_are_refused_with_the_step_to_go_to(assessment, sheet):
    with pytest.raises(completing.Incomplete) as refused:
        complete(assessment, sheet)
    assert refused.value.step == 1
    assert not Lead.objects.exists()


@pytest.mark.parametrize(
    "table", ["leads_journeyevent", "messaging_queuedemail", "privacy_consent", "audit_domainevent"]
)
def test_when_anything_fails_nothing_has_happened(answered, sheet, table):
    def fail(execute, sql, params, many, context):
        if sql.startswith(f'INSERT INTO "{table}"'):
            raise DatabaseError("The connection is gone.")
        return execute(sql, params, many, context)

    with pytest.raises(DatabaseError, match="is gone"), connection.execute_wrapper(fail):
        complete(answered, sheet)
    answered.refresh_from_db()
    assert answered.status == AssessmentStatus.STARTED
    assert not Lead.objects.exists() and not JourneyEvent.objects.exists() and not DomainEvent.objects.exists()


def test_equal_topics_are_called_even(assessment, sheet):
    saved = answering.save_answers(
        assessment=assessment, sheet=sheet, answers={question.pk: 3 for question in sheet.questions}
    )
    done = complete(saved, sheet)
    assert (done.score, done.is_even, done.strengths, done.weaknesses) == (50, True, [], [])


def test_answers_after_the_end_are_refused(answered, sheet):
    complete(answered, sheet)
    with pytest.raises(answering.Finished):
        answering.save_answers(assessment=answered, sheet=sheet, answers={sheet.questions[0].pk: 1})
    assert Assessment.objects.get().answers == answered.answers
