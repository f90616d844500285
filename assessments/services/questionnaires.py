"""Make, copy and publish versions of the questionnaire."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from assessments.events import QuestionnaireEvent
from assessments.models import Question, QuestionCategory, Questionnaire
from assessments.questionnaire import CATEGORIES, INTRODUCTION, QUESTIONS
from leadcrm.audit import services as audit
from leadcrm.core.errors import DomainError

if TYPE_CHECKING:
    from leadcrm.accounts.models import User

COPIED_QUESTION = (
    "position", "topic", "text", "help", "answer_1", "answer_2", "answer_3", "answer_4", "answer_5", "next_step",
)  # fmt: skip
COPIED_CATEGORY = ("key", "name", "introduction", "weight_percent", "position")


class NotPublishable(DomainError):
    """Something in a draft would make an assessment that cannot be answered or scored."""

    code = "not_publishable"


@transaction.atomic
def seed(*, organization_id: uuid.UUID) -> Questionnaire:
    """Give an organisation its first questionnaire, published; a no-op when it has any."""
    existing: Questionnaire | None = Questionnaire.objects.in_organization(organization_id).newest_first().first()
    if existing:
        return existing
    mine = {"organization_id": organization_id}
    questionnaire = Questionnaire.objects.create(**mine, version=1, introduction=INTRODUCTION)
    categories = {
        category.key: QuestionCategory(
            **mine, questionnaire=questionnaire, key=category.key, name=category.name,
            weight_percent=int(category.weight * 100), position=position,
        )
        for position, category in enumerate(CATEGORIES, start=1)
    }  # fmt: skip
    QuestionCategory.objects.bulk_create(categories.values())
    Question.objects.bulk_create(
        Question(
            **mine, questionnaire=questionnaire, category=categories[one.category], position=position,
            topic=one.topic, text=one.text, help=one.help, next_step=one.next_step,
            **{f"answer_{number}": words for number, words in enumerate(one.scale, start=1)},
        )
        for position, one in enumerate(QUESTIONS, start=1)
    )  # fmt: skip
    Questionnaire.objects.filter(pk=questionnaire.pk).update(published_at=timezone.now())
    questionnaire.refresh_from_db()
    return questionnaire


@transaction.atomic
def copy_to_draft(*, questionnaire: Questionnaire, actor: User | None) -> Questionnaire:
    """Make a draft that starts as a copy of ``questionnaire``, with the next number.

    Two at once would take the same number, and the unique constraint lets only one of them through.

    Side effects: audit entry.
    """
    mine = {"organization_id": questionnaire.organization_id}
    newest = Questionnaire.objects.filter(**mine).aggregate(version=Max("version"))["version"]
    draft = Questionnaire.objects.create(
        **mine, title=questionnaire.title, introduction=questionnaire.introduction, version=newest + 1,
        created_by=actor,
    )  # fmt: skip
    copies = {
        one.pk: QuestionCategory(**mine, questionnaire=draft, **{name: getattr(one, name) for name in COPIED_CATEGORY})
        for one in questionnaire.categories.all()
    }
    QuestionCategory.objects.bulk_create(copies.values())
    Question.objects.bulk_create(
        Question(
            **mine, questionnaire=draft, category=copies[one.category_id],
            **{name: getattr(one, name) for name in COPIED_QUESTION},
        )
        for one in questionnaire.questions.all()
    )  # fmt: skip
    audit.record(QuestionnaireEvent.COPIED, draft, actor=actor, description=str(draft))
    return draft


@transaction.atomic
def publish(*, questionnaire: Questionnaire, actor: User | None) -> Questionnaire:
    """Publish a draft: from now on visitors answer it, and it never changes again. A second time is a no-op.

    Raises: NotPublishable naming everything that is missing.
    Side effects: audit entry.
    """
    locked: Questionnaire = Questionnaire.objects.select_for_update().get(pk=questionnaire.pk)
    if locked.is_published:
        return locked
    if problems := problems_of(locked):
        raise NotPublishable(" ".join(problems))
    locked.published_at = timezone.now()
    locked.save(update_fields=["published_at", "updated_at"])
    audit.record(QuestionnaireEvent.PUBLISHED, locked, actor=actor, description=str(locked))
    return locked


def problems_of(questionnaire: Questionnaire) -> list[str]:
    """Return what keeps a draft from being published, in words. Costs two queries."""
    categories = list(questionnaire.categories.all())
    asked = set(questionnaire.questions.values_list("category_id", flat=True))
    problems = []
    if not categories:
        problems.append("There is no topic yet.")
    else:
        total = sum(one.weight_percent for one in categories)
        if total != 100:
            problems.append(f"The weights of the topics add up to {total}, not to 100.")
    problems += [f"The topic {one.name} has no question." for one in categories if one.pk not in asked]
    return problems
