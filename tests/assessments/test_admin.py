"""Staff edit drafts of the questionnaire, look at them, publish them, and cannot touch what is published."""

import pytest
from django.urls import reverse

from assessments.models import Assessment, Question, Questionnaire
from assessments.services import questionnaires
from leadcrm.audit.models import ActivityLog
from leadcrm.core import tenancy
from tests.factories.accounts import UserFactory
from tests.factories.assessments import AssessmentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def first(organization):
    with tenancy.organization_scope(organization.pk):
        return Questionnaire.objects.get()


@pytest.fixture
def draft(first, staff, organization):
    with tenancy.organization_scope(organization.pk):
        return questionnaires.copy_to_draft(questionnaire=first, actor=staff)


@pytest.fixture
def browser(client_of, staff):
    return client_of(staff)


def address(name, questionnaire):
    return reverse(f"admin:assessments_questionnaire_{name}", args=[questionnaire.pk])


def form_of(draft):
    """Return what the form of a draft sends when nothing is changed."""
    with tenancy.staff_scope():
        data = {"title": draft.title, "introduction": draft.introduction}
        for prefix, rows, names in (
            ("categories", draft.categories.all(), ("key", "name", "introduction", "weight_percent", "position")),
            ("questions", draft.questions.all(), questionnaires.COPIED_QUESTION),
        ):
            data |= {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": len(rows)}
            for number, row in enumerate(rows):
                data |= {f"{prefix}-{number}-{name}": getattr(row, name) for name in names}
                data |= {f"{prefix}-{number}-id": row.pk, f"{prefix}-{number}-questionnaire": draft.pk}
                if prefix == "questions":
                    data[f"{prefix}-{number}-category"] = row.category_id
        return data


def test_a_draft_is_edited_with_its_topics_and_questions(browser, draft):
    data = form_of(draft) | {"questions-0-text": "How do you keep your data?", "categories-0-weight_percent": 40}
    answer = browser.post(address("change", draft), data)
    assert answer.status_code == 302, answer.content.decode()[:3000]
    with tenancy.staff_scope():
        assert draft.questions.order_by("position").first().text == "How do you keep your data?"
        assert draft.categories.get(key="technology").weight_percent == 40


def test_a_question_cannot_be_put_into_a_topic_of_another_version(browser, draft, first):
    with tenancy.staff_scope():
        foreign = first.categories.first().pk
    answer = browser.post(address("change", draft), form_of(draft) | {"questions-0-category": foreign})
    assert answer.status_code == 200 and "Select a valid choice" in answer.content.decode()


def test_a_published_version_is_shown_without_fields_and_cannot_be_saved_or_deleted(browser, first):
    page = browser.get(address("change", first)).content.decode()
    assert 'name="title"' not in page and 'name="questions-0-text"' not in page
    assert browser.post(address("change", first), form_of(first) | {"title": "Other"}).status_code == 403
    assert browser.post(address("delete", first), {"post": "yes"}).status_code == 403
    with tenancy.staff_scope():
        assert Questionnaire.objects.get(pk=first.pk).title == first.title


def test_a_version_is_copied_and_the_copy_published(browser, first, organization):
    answer = browser.post(address("copy", first))
    with tenancy.staff_scope():
        draft = Questionnaire.objects.get(organization=organization, version=2)
    assert answer["Location"] == address("change", draft)
    browser.post(address("publication", draft))
    with tenancy.staff_scope():
        draft.refresh_from_db()
        assert draft.is_published
        assert ActivityLog.objects.filter(organization=organization, action="questionnaire.published").count() == 1


def test_a_draft_that_cannot_be_scored_says_why_and_stays_a_draft(browser, draft):
    browser.post(address("change", draft), form_of(draft) | {"categories-0-weight_percent": 40})
    page = browser.post(address("publication", draft), follow=True).content.decode()
    assert "add up to 110, not to 100" in page
    assert "add up to 110" in browser.get(address("preview", draft)).content.decode()
    with tenancy.staff_scope():
        assert not Questionnaire.objects.get(pk=draft.pk).is_published


@pytest.mark.parametrize("name", ["copy", "publication"])
def test_what_changes_something_is_no_link(browser, first, name):
    assert browser.get(address(name, first)).status_code == 405


def test_the_preview_shows_every_question_and_sends_nothing(browser, draft):
    page = browser.get(address("preview", draft)).content.decode()
    with tenancy.staff_scope():
        assert all(str(question.pk) in page for question in Question.objects.filter(questionnaire=draft))
    assert "<form" not in page


def test_the_figures_count_what_visitors_did(browser, first, organization):
    AssessmentFactory(organization=organization)
    page = browser.get(address("figures", first)).content.decode()
    assert "Started: 1, 1. Technology: 0" in page
    with tenancy.staff_scope():
        looked = ActivityLog.objects.filter(organization=organization, action="staff.access", entity_id=first.pk)
        assert looked.filter(metadata__page="figures").exists()


def test_a_new_questionnaire_gets_the_next_number(browser, organization):
    browser.post(
        reverse("admin:assessments_questionnaire_add"), {"organization": organization.pk, "title": "Short one"}
    )
    with tenancy.staff_scope():
        assert Questionnaire.objects.get(organization=organization, title="Short one").version == 2


def test_staff_without_the_permission_may_not(client_of, first, draft):
    looker = UserFactory(staff=True, is_superuser=False)
    browser = client_of(looker)
    for name in ("copy", "publication"):
        assert browser.post(address(name, draft)).status_code == 403
    for name in ("preview", "figures"):
        assert browser.get(address(name, draft)).status_code == 403


def test_assessments_are_read_without_the_secrets_of_their_links(browser, organization):
    assessment = AssessmentFactory(organization=organization, token="secret")
    page = browser.get(reverse("admin:assessments_assessment_change", args=[assessment.pk])).content.decode()
    assert assessment.resume_token_hash not in page
    assert browser.post(reverse("admin:assessments_assessment_change", args=[assessment.pk]), {}).status_code == 403
    assert browser.get(reverse("admin:assessments_assessment_add")).status_code == 403
    with tenancy.staff_scope():
        assert Assessment.objects.count() == 1
