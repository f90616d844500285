"""The order inside a column is the one people ask for, whatever they do."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leads.choices import LeadStatus
from leads.models import Lead
from leads.services import pipeline, positions
from tests.factories.leads import LeadFactory, stage_of

pytestmark = pytest.mark.django_db

STATUSES = (LeadStatus.NEW, LeadStatus.CONTACTED, LeadStatus.QUALIFIED)
MOVES = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2), st.integers(0, 6)), max_size=25)


def order_of(stage):
    return list(Lead.objects.filter(stage=stage).order_by("board_position", "pk").values_list("pk", flat=True))


@pytest.fixture
def leads(organization, scope):
    return [LeadFactory(organization=organization) for _ in range(6)]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=MOVES, gap=st.sampled_from([0, 1, 1024]))
def test_any_sequence_of_moves_keeps_the_order_people_asked_for(organization, leads, moves, gap):
    stages = [stage_of(organization, status) for status in STATUSES]
    for index, lead in enumerate(sorted(leads, key=lambda one: one.pk)):
        # A gap of 0 or 1 is what a set-based import may leave behind.
        Lead.objects.filter(pk=lead.pk).update(stage=stages[0], status=stages[0].status, board_position=index * gap)
    model = [sorted(lead.pk for lead in leads), [], []]
    for which, target, at in moves:
        lead = leads[which]
        for column in model:
            if lead.pk in column:
                column.remove(lead.pk)
        column = model[target]
        at = min(at, len(column))
        pipeline.move_lead(
            lead=lead,
            stage=stages[target],
            actor=None,
            above=column[at - 1] if at else None,
            below=column[at] if at < len(column) else None,
        )
        column.insert(at, lead.pk)
        assert [order_of(stage) for stage in stages] == model


def test_a_place_is_found_with_one_neighbour(organization, leads):
    stage = stage_of(organization, LeadStatus.NEW)
    first, second, third, *rest = order_of(stage)
    moved = Lead.objects.get(pk=rest[-1])
    pipeline.move_lead(lead=moved, stage=stage, actor=None, above=second)
    assert order_of(stage)[:4] == [first, second, moved.pk, third]
    pipeline.move_lead(lead=moved, stage=stage, actor=None, below=second)
    assert order_of(stage)[:4] == [first, moved.pk, second, third]


def test_neighbours_that_left_or_changed_places_do_not_confuse_a_move(organization, leads):
    stage, elsewhere = stage_of(organization, LeadStatus.NEW), stage_of(organization, LeadStatus.CONTACTED)
    first, second, third, *rest = order_of(stage)
    moved = Lead.objects.get(pk=rest[-1])
    pipeline.move_lead(lead=moved, stage=stage, actor=None, above=third, below=first)
    assert order_of(stage)[:4] == [first, second, third, moved.pk]
    pipeline.move_lead(lead=Lead.objects.get(pk=first), stage=elsewhere, actor=None)
    pipeline.move_lead(lead=moved, stage=stage, actor=None, above=first, below=third)
    assert order_of(stage)[:3] == [second, moved.pk, third]


def test_a_long_crowd_without_any_gap_keeps_its_order(organization, leads, monkeypatch):
    monkeypatch.setattr(positions, "NEARBY", 2)
    stage = stage_of(organization, LeadStatus.NEW)
    Lead.objects.update(board_position=7)
    *before, last = order_of(stage)
    moved = LeadFactory(organization=organization, status=LeadStatus.CONTACTED)
    pipeline.move_lead(lead=moved, stage=stage, actor=None, above=before[-1], below=last)
    assert order_of(stage) == [*before, moved.pk, last]
