"""Several people on one board, each with a connection and a transaction of their own."""

import random

import pytest
from django.db.models import Count, Sum

from leadcrm.core import tenancy
from leadcrm.core.errors import StaleObject
from leads.choices import LeadStatus
from leads.models import JourneyEvent, Lead, PipelineStage, StageTotal
from leads.services import pipeline
from tests.at_once import at_once
from tests.factories.leads import LeadFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def stages(organization):
    with tenancy.organization_scope(organization.pk):
        return {stage.status: stage for stage in PipelineStage.objects.all()}


def test_of_two_people_who_move_one_card_one_wins_and_the_other_is_told(organization, stages):
    def move(lead, to):
        with tenancy.organization_scope(organization.pk):
            return pipeline.move_lead(
                lead=lead, stage=stages[to], actor=None, seen_version=1, seen_stage=stages["new"].pk
            ).stage.name

    for _ in range(8):
        lead = LeadFactory(organization=organization)
        results = at_once(lambda: move(lead, "contacted"), lambda: move(lead, "qualified"))  # noqa: B023 — run at once
        won = [result for result in results if isinstance(result, str)]
        told = [result for result in results if isinstance(result, StaleObject)]
        assert (len(won), len(told)) == (1, 1), results
        assert f"is now in {won[0]}" in told[0].message
        with tenancy.organization_scope(organization.pk):
            assert Lead.objects.get(pk=lead.pk).stage.name == won[0]
            assert JourneyEvent.objects.filter(lead=lead, event_type="status_updated").count() == 1


def test_reordering_one_crowded_column_from_four_sides_neither_deadlocks_nor_loses_a_card(organization, stages):
    leads = [LeadFactory(organization=organization) for _ in range(8)]
    with tenancy.organization_scope(organization.pk):
        Lead.objects.update(board_position=5)

    def shuffle(seed):
        dice = random.Random(seed)
        for _ in range(25):
            lead, above, below = dice.sample(leads, 3)
            to = stages[dice.choice(["new", "new", "contacted"])]
            with tenancy.organization_scope(organization.pk):
                pipeline.move_lead(lead=lead, stage=to, actor=None, above=above.pk, below=below.pk)
        return "done"

    assert at_once(*(lambda seed=seed: shuffle(seed) for seed in range(4))) == ["done"] * 4
    with tenancy.organization_scope(organization.pk):
        held = Lead.objects.filter(stage__in=[stages["new"], stages["contacted"]])
        assert set(held.values_list("pk", flat=True)) == {lead.pk for lead in leads}
        counted = {row["stage_id"]: row["n"] for row in held.values("stage_id").annotate(n=Count("pk"))}
        kept = StageTotal.objects.values("stage_id").annotate(n=Sum("lead_count"))
        assert {row["stage_id"]: row["n"] for row in kept if row["n"]} == counted


def test_undo_clicked_twice_at_once_is_undone_once(organization, stages):
    lead = LeadFactory(organization=organization)
    with tenancy.organization_scope(organization.pk):
        pipeline.move_lead(lead=lead, stage=stages["contacted"], actor=None)
        move = pipeline.last_move(lead).pk

    def undo():
        with tenancy.organization_scope(organization.pk):
            return pipeline.undo_move(lead=lead, move_id=move, actor=None).status

    assert at_once(undo, undo) == [LeadStatus.NEW, LeadStatus.NEW]
    with tenancy.organization_scope(organization.pk):
        assert JourneyEvent.objects.filter(lead=lead, event_type="status_updated").count() == 2
