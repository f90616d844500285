"""Give every organisation that exists the questionnaire that a new one starts with."""

from django.db import migrations
from django.utils import timezone

from assessments.questionnaire import CATEGORIES, INTRODUCTION, QUESTIONS
from leadcrm.core.tables import owner_scope


def seed(apps, editor):
    Questionnaire = apps.get_model("assessments", "Questionnaire")
    QuestionCategory = apps.get_model("assessments", "QuestionCategory")
    Question = apps.get_model("assessments", "Question")
    for organization in apps.get_model("accounts", "Organization").objects.all():
        owner_scope(apps, organization.pk, editor)
        mine = {"organization_id": organization.pk}
        if Questionnaire.objects.filter(**mine).exists():
            continue
        questionnaire = Questionnaire.objects.create(**mine, version=1, introduction=INTRODUCTION)
        categories = {
            one.key: QuestionCategory.objects.create(
                **mine, questionnaire=questionnaire, key=one.key, name=one.name,
                weight_percent=int(one.weight * 100), position=position,
            )
            for position, one in enumerate(CATEGORIES, start=1)
        }  # fmt: skip
        for position, one in enumerate(QUESTIONS, start=1):
            Question.objects.create(
                **mine, questionnaire=questionnaire, category=categories[one.category], position=position,
                topic=one.topic, text=one.text, help=one.help, next_step=one.next_step,
                **{f"answer_{number}": words for number, words in enumerate(one.scale, start=1)},
            )  # fmt: skip
        Questionnaire.objects.filter(pk=questionnaire.pk).update(published_at=timezone.now())


class Migration(migrations.Migration):
    dependencies = [("assessments", "0001_initial")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
