"""Versioned questionnaires. A published version never changes: triggers of the database refuse it."""

from __future__ import annotations

from fractions import Fraction
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from assessments.querysets import QuestionnaireQuerySet
from assessments.rules.readiness import Category
from leadcrm.core.models import TenantForeignKey, TenantManager, TenantModel, TenantQuerySet, TimestampedModel
from leads.models.constraints import between


class Questionnaire(TenantModel, TimestampedModel):
    """One version. The newest published one is what new visitors answer; earlier ones stay for their answers."""

    title = models.CharField(max_length=120, default="AI readiness assessment")
    introduction = models.TextField(blank=True, help_text="Shown before the first question.")
    version = models.PositiveIntegerField(editable=False)
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_by = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False, editable=False
    )

    objects = TenantManager.from_queryset(QuestionnaireQuerySet)()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "version"], name="%(app_label)s_%(class)s_version_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.title}, version {self.version}"

    @property
    def is_published(self) -> bool:
        return self.published_at is not None


class QuestionCategory(TenantModel):
    """A topic of a questionnaire: one step of the assessment. The weights of all topics add up to 100."""

    questionnaire = TenantForeignKey("assessments.Questionnaire", on_delete=models.CASCADE, related_name="categories")
    key = models.SlugField(
        max_length=40, db_index=False, help_text="A short name that stays the same in later versions."
    )
    name = models.CharField(max_length=60)
    introduction = models.CharField(max_length=300, blank=True)
    weight_percent = models.PositiveSmallIntegerField(
        "weight (per cent)", validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    position = models.PositiveSmallIntegerField(default=0)

    objects = TenantManager.from_queryset(TenantQuerySet["QuestionCategory"])()

    class Meta:
        ordering: ClassVar = ["position", "id"]
        verbose_name = "topic"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "questionnaire", "key"], name="%(app_label)s_%(class)s_key_unique"
            ),
            between("weight_percent", 1, 100),
        ]

    def __str__(self) -> str:
        return self.name

    def as_rule(self) -> Category:
        """Return the topic as the rules know it."""
        return Category(self.key, self.name, Fraction(self.weight_percent, 100))


class Question(TenantModel):
    """One question with five described answers, from 1 (low) to 5 (high)."""

    questionnaire = TenantForeignKey("assessments.Questionnaire", on_delete=models.CASCADE, related_name="questions")
    category = TenantForeignKey("assessments.QuestionCategory", on_delete=models.CASCADE, related_name="questions")
    position = models.PositiveSmallIntegerField(default=0)
    topic = models.CharField(max_length=80, help_text="What it is about, as in “strongest in …”.")
    text = models.CharField(max_length=300)
    help = models.CharField(max_length=300, blank=True)
    answer_1 = models.CharField("answer 1 (lowest)", max_length=200)
    answer_2 = models.CharField(max_length=200)
    answer_3 = models.CharField(max_length=200)
    answer_4 = models.CharField(max_length=200)
    answer_5 = models.CharField("answer 5 (highest)", max_length=200)
    next_step = models.CharField(max_length=300, help_text="What to do when the answer is low.")

    objects = TenantManager.from_queryset(TenantQuerySet["Question"])()

    class Meta:
        ordering: ClassVar = ["position", "id"]

    def __str__(self) -> str:
        return self.text

    @property
    def scale(self) -> tuple[str, str, str, str, str]:
        return self.answer_1, self.answer_2, self.answer_3, self.answer_4, self.answer_5

    @property
    def choices(self) -> list[tuple[int, str]]:
        """Return the answers with their numbers."""
        return list(enumerate(self.scale, start=1))
