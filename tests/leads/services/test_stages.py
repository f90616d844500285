"""Shaping a pipeline: names, order, and what keeps a stage from going."""

import pytest

from leadcrm.audit.models import ActivityLog
from leadcrm.core.errors import DomainError
from leads.models import Lead, Pipeline, PipelineStage
from leads.services import stages
from tests.factories.leads import LeadFactory, stage_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def pipeline(organization, scope):
    return Pipeline.objects.get(is_default=True)


def names():
    return list(PipelineStage.objects.in_order().values_list("name", flat=True))


def add(pipeline, admin, **values):
    return stages.add_stage(
        **{"pipeline": pipeline, "name": "Demo", "colour": "teal", "status": "proposal", "win_probability": 40,
           "actor": admin, **values}
    )  # fmt: skip


def test_an_open_stage_is_added_before_the_closed_ones(pipeline, admin):
    add(pipeline, admin)
    assert names()[4:7] == ["Negotiation", "Demo", "Won"]
    assert ActivityLog.objects.filter(action="pipeline.changed").count() == 1


def test_a_closed_stage_is_certain(pipeline, admin):
    assert add(pipeline, admin, status="closed_lost", win_probability=90).win_probability == 0
    assert names()[-1] == "Demo"


@pytest.mark.parametrize(
    "values", [{"name": "  "}, {"name": "new"}, {"colour": "puce"}, {"win_probability": 101}, {"name": "x" * 61}]
)
def test_an_impossible_stage_is_refused(pipeline, admin, values):
    with pytest.raises(DomainError):
        add(pipeline, admin, **values)
    assert len(names()) == 9


def test_a_change_is_audited_and_no_change_is_not(pipeline, admin, organization):
    stage = stage_of(organization, "proposal")
    for _ in range(2):
        stages.change_stage(stage=stage, name="Offer", colour="sky", win_probability=60, actor=admin)
    changes = ActivityLog.objects.get(action="pipeline.changed").changes
    assert changes == {"name": ["Proposal", "Offer"], "colour": ["amber", "sky"], "win_probability": [50, 60]}


def test_a_stage_moves_one_place_and_stops_at_the_end(pipeline, admin, organization):
    stages.shift_stage(stage=stage_of(organization, "contacted"), by=-1, actor=admin)
    assert names()[:2] == ["Contacted", "New"]
    stages.shift_stage(stage=stage_of(organization, "contacted"), by=-1, actor=admin)
    assert names()[:2] == ["Contacted", "New"]


def test_only_a_stage_without_leads_is_deleted(pipeline, admin, organization):
    stage = stage_of(organization, "nurturing")
    lead = LeadFactory(organization=organization, status="nurturing")
    with pytest.raises(stages.StageInUse, match="Leads are in Nurturing"):
        stages.delete_stage(stage=stage, actor=admin)
    Lead.objects.filter(pk=lead.pk).delete()
    stages.delete_stage(stage=stage, actor=admin)
    assert "Nurturing" not in names()


@pytest.mark.parametrize("status", ["closed_won", "closed_lost"])
def test_a_pipeline_keeps_its_ends(pipeline, admin, organization, status):
    with pytest.raises(stages.StageInUse, match="needs a stage"):
        stages.delete_stage(stage=stage_of(organization, status), actor=admin)
