"""Versions of the questionnaire: seeded, copied, published, and then never changed by anybody."""

import pytest
from django.db import IntegrityError, transaction

from assessments.models import Question, QuestionCategory, Questionnaire
from assessments.questionnaire import QUESTIONS
from assessments.services import questionnaires

pytestmark = pytest.mark.django_db


@pytest.fixture
def first(scope) -> Questionnaire:
    return Questionnaire.objects.get()


def test_a_new_organization_has_ten_published_questions_whose_weights_add_up(first):
    assert first.is_published and first.version == 1
    assert list(first.questions.values_list("text", flat=True)) == [one.text for one in QUESTIONS]
    weights = dict(first.categories.values_list("key", "weight_percent"))
    assert weights == {"technology": 30, "process": 25, "team": 25, "strategy": 20}
    asked = [one.category.key for one in first.questions.select_related("category")]
    assert [asked.count(key) for key in weights] == [3, 3, 2, 2]


def test_seeding_a_second_time_changes_nothing(first, organization):
    assert questionnaires.seed(organization_id=organization.pk) == first
    assert Question.objects.count() == 10


@pytest.mark.parametrize(
    "change",
    [
        lambda first: Questionnaire.objects.filter(pk=first.pk).update(title="Other"),
        lambda first: Questionnaire.objects.filter(pk=first.pk).update(published_at=None),
        lambda first: first.questions.update(text="Other?"),
        lambda first: first.questions.first().delete(),
        lambda first: first.categories.update(weight_percent=25),
        lambda first: first.delete(),
        lambda first: QuestionCategory.objects.create(questionnaire=first, key="more", name="More", weight_percent=1),
        lambda first: Question.objects.create(
            questionnaire=first, category=first.categories.first(), topic="x", text="x"
        ),
    ],
)
def test_a_published_version_never_changes(first, change):
    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        change(first)


def test_questions_of_a_draft_cannot_move_into_a_published_version(first, admin):
    draft = questionnaires.copy_to_draft(questionnaire=first, actor=admin)
    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        draft.questions.update(questionnaire=first)


def test_a_copy_has_everything_and_can_be_edited(first, admin):
    draft = questionnaires.copy_to_draft(questionnaire=first, actor=admin)
    assert (draft.version, draft.is_published) == (2, False)
    assert list(draft.questions.values_list("text", "category__key")) == list(
        first.questions.values_list("text", "category__key")
    )
    draft.questions.filter(position=1).update(text="How do you keep your data?")
    assert first.questions.get(position=1).text == QUESTIONS[0].text


def test_a_question_belongs_to_a_topic_of_its_own_questionnaire(first, admin):
    draft = questionnaires.copy_to_draft(questionnaire=first, actor=admin)
    with pytest.raises(IntegrityError, match="same_questionnaire"), transaction.atomic():
        draft.questions.update(category=first.categories.first())
        transaction.get_connection().check_constraints()


def test_a_draft_is_published_once_and_then_kept(first, admin):
    draft = questionnaires.copy_to_draft(questionnaire=first, actor=admin)
    published = questionnaires.publish(questionnaire=draft, actor=admin)
    assert published.is_published
    assert questionnaires.publish(questionnaire=draft, actor=admin).published_at == published.published_at
    assert Questionnaire.objects.published().newest_first().first() == draft


def test_a_draft_that_cannot_be_scored_is_not_published(first, admin):
    draft = questionnaires.copy_to_draft(questionnaire=first, actor=admin)
    draft.categories.filter(key="team").update(weight_percent=10)
    draft.questions.filter(category__key="strategy").delete()
    with pytest.raises(questionnaires.NotPublishable) as refused:
        questionnaires.publish(questionnaire=draft, actor=admin)
    assert refused.value.message == (
        "The weights of the topics add up to 85, not to 100. The topic Strategy has no question."
    )
    draft.questions.all().delete()
    draft.categories.all().delete()
    with pytest.raises(questionnaires.NotPublishable, match="no topic yet"):
        questionnaires.publish(questionnaire=draft, actor=admin)


def test_whoever_made_a_version_may_be_forgotten(first, admin):
    draft = questionnaires.copy_to_draft(questionnaire=first, actor=admin)
    questionnaires.publish(questionnaire=draft, actor=admin)
    Questionnaire.objects.filter(pk=draft.pk).update(created_by=None)
    assert Questionnaire.objects.get(pk=draft.pk).created_by is None
