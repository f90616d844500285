"""Starting an assessment and saving its answers."""

import uuid

import pytest

from assessments.choices import AssessmentStatus
from assessments.models import Assessment
from assessments.services import answering, questionnaires
from leadcrm.accounts.models import Organization
from leadcrm.audit.models import ActivityLog
from leadcrm.core import tenancy

pytestmark = pytest.mark.django_db


def first(sheet, *values):
    return {question.pk: value for question, value in zip(sheet.questions, values, strict=False)}


def test_the_same_start_twice_begins_one_assessment(scope):
    one = answering.start(token="secret")
    assert answering.start(token="secret") == one
    assert Assessment.objects.count() == 1
    assert ActivityLog.objects.filter(action="assessment.started").count() == 1


def test_the_secret_of_the_link_is_kept_as_a_hash_only(scope):
    assessment = answering.start(token="the-secret")
    assert all("the-secret" not in str(value) for value in vars(assessment).values())
    assert len(assessment.resume_token_hash) == 64


def test_new_visitors_answer_the_newest_published_version(scope, sheet, admin):
    draft = questionnaires.copy_to_draft(questionnaire=sheet.questionnaire, actor=admin)
    assert answering.start(token="one").questionnaire == sheet.questionnaire
    questionnaires.publish(questionnaire=draft, actor=admin)
    assert answering.start(token="two").questionnaire == draft


def test_without_a_published_version_nothing_starts(db):
    bare = Organization.objects.create(name="Bare", slug="bare")
    with tenancy.organization_scope(bare.pk), pytest.raises(answering.NoQuestionnaire):
        answering.start(token="secret")


def test_answers_are_added_to_those_that_are_there(assessment, sheet):
    answering.save_answers(assessment=assessment, sheet=sheet, answers=first(sheet, 1, 2))
    # As another tab would, which still has the assessment without answers.
    saved = answering.save_answers(assessment=assessment, sheet=sheet, answers={sheet.questions[4].pk: 5})
    assert sorted(saved.answers.values()) == [1, 2, 5]
    assert saved.answered_count == 3
    again = answering.save_answers(assessment=assessment, sheet=sheet, answers=first(sheet, 4))
    assert again.answer_to(sheet.questions[0].pk) == 4


@pytest.mark.parametrize("value", [0, 6, -1, 10**30])
def test_an_answer_out_of_the_scale_saves_nothing(assessment, sheet, value):
    with pytest.raises(answering.BadAnswer):
        answering.save_answers(assessment=assessment, sheet=sheet, answers=first(sheet, 3, value))
    assessment.refresh_from_db()
    assert assessment.answers == {}


def test_a_question_of_nobody_is_refused(assessment, sheet):
    with pytest.raises(answering.BadAnswer):
        answering.save_answers(assessment=assessment, sheet=sheet, answers={uuid.uuid4(): 3})


def test_a_question_of_another_version_is_refused(assessment, sheet, admin):
    draft = questionnaires.copy_to_draft(questionnaire=sheet.questionnaire, actor=admin)
    with pytest.raises(answering.BadAnswer):
        answering.save_answers(assessment=assessment, sheet=sheet, answers={draft.questions.first().pk: 3})


def test_an_abandoned_assessment_is_under_way_again_when_somebody_goes_on(assessment, sheet):
    Assessment.objects.update(status=AssessmentStatus.ABANDONED)
    saved = answering.save_answers(assessment=assessment, sheet=sheet, answers=first(sheet, 3))
    assert (saved.status, saved.abandoned_at) == (AssessmentStatus.STARTED, None)


def test_the_steps_are_the_topics_in_their_order(sheet):
    assert sheet.names == ["Technology", "Process", "Team", "Strategy"]
    assert [len(step.questions) for step in sheet.steps] == [3, 3, 2, 2]


def test_the_open_step_is_the_first_with_a_question_left(sheet):
    answers = {str(pk): value for pk, value in first(sheet, 1, 2, 3, 4).items()}
    assert sheet.open_step({}).number == 1
    assert sheet.open_step(answers).number == 2
    assert sheet.open_step({str(question.pk): 3 for question in sheet.questions}) is None
