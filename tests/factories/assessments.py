"""Assessments at every point of their way. Call them inside ``tenancy.organization_scope`` or pass ``organization``."""

import hashlib
from datetime import timedelta

from django.utils import timezone
from factory.declarations import LazyAttribute, LazyFunction, Sequence, SubFactory, Trait

from assessments.choices import AssessmentStatus
from assessments.models import Assessment, Questionnaire
from leadcrm.core import tenancy
from tests.factories.accounts import OrganizationFactory, TenantFactory

# In the order of the seeded questionnaire: technology 3, process 3, team 2, strategy 2.
MIXED = (5, 4, 5, 2, 1, 2, 4, 4, 3, 2)


def answers_of(organization, values=MIXED):
    """Return answers to the first ``len(values)`` questions of the seeded questionnaire."""

    def answers():
        questions = Questionnaire.objects.get(organization=organization, version=1).questions.order_by("position")
        return {str(question.pk): value for question, value in zip(questions, values, strict=False)}

    scope = tenancy.maybe_scope()
    if scope is not None and scope.is_staff:
        return answers()
    with tenancy.organization_scope(organization.pk):
        return answers()


class AssessmentFactory(TenantFactory):
    """An assessment that was just started. Pass ``token`` to know the private link, ``lead`` with ``completed``."""

    class Meta:
        model = Assessment

    class Params:
        token = Sequence(lambda n: f"resume-token-{n}")
        share_token = None
        completed = Trait(
            status=AssessmentStatus.COMPLETED, score=58, tier="L3_CONSULTING", email="greta@weber.example",
            first_name="Greta", last_name="Weber", company="Weber GmbH", answered_count=10,
            completed_at=LazyFunction(timezone.now),
            categories=[
                {"key": "technology", "name": "Technology", "weight_percent": 30, "score": "91.7"},
                {"key": "process", "name": "Process", "weight_percent": 25, "score": "16.7"},
                {"key": "team", "name": "Team", "weight_percent": 25, "score": "75.0"},
                {"key": "strategy", "name": "Strategy", "weight_percent": 20, "score": "37.5"},
            ],
            strengths=["Technology (91.7 of 100)."], weaknesses=["Process (16.7 of 100)."],
            recommendations=["L3 Consulting: go on.", "Write it down."],
        )  # fmt: skip
        idle = Trait(last_activity_at=LazyFunction(lambda: timezone.now() - timedelta(days=8)))

    organization = SubFactory(OrganizationFactory)
    resume_token_hash = LazyAttribute(lambda one: hashlib.sha256(one.token.encode()).hexdigest())
    share_token_hash = LazyAttribute(
        lambda one: hashlib.sha256(one.share_token.encode()).hexdigest() if one.share_token else None
    )

    @classmethod
    def _create(cls, model_class, *args, organization, **kwargs):
        def create():
            kwargs.setdefault("questionnaire", Questionnaire.objects.get(organization=organization, version=1))
            if kwargs.get("status") == AssessmentStatus.COMPLETED:
                kwargs.setdefault("answers", answers_of(organization))
            return model_class.objects.create(*args, organization=organization, **kwargs)

        scope = tenancy.maybe_scope()
        if scope is not None and scope.is_staff:
            return create()
        with tenancy.organization_scope(organization.pk):
            return create()
