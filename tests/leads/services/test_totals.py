"""The totals of the stages equal the sums over leads, whatever changes them."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import Sum
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadcrm.core import tenancy
from leads.choices import LeadStatus
from leads.models import Lead, StageTotal
from leads.services import pipeline, totals
from leads.tasks import fold_stage_totals
from tests.at_once import at_once
from tests.factories.accounts import UserFactory
from tests.factories.leads import LeadFactory, stage_of

STATUSES = (LeadStatus.NEW, LeadStatus.CONTACTED, LeadStatus.CLOSED_WON, LeadStatus.CLOSED_LOST)


def counted():
    """Add up the leads themselves."""
    sums: dict[tuple, list[int]] = {}
    for lead in Lead.objects.alive():
        value = sums.setdefault((lead.stage_id, lead.team_id, lead.assigned_to_id, lead.currency), [0, 0])
        value[0] += 1
        value[1] += lead.value_minor or 0
    return {key: tuple(value) for key, value in sums.items()}


def kept():
    """Add up the rows that triggers and folding keep."""
    rows = StageTotal.objects.values_list("stage_id", "team_id", "assigned_to_id", "currency").annotate(
        leads=Sum("lead_count"), value=Sum("value_minor")
    )
    return {tuple(row[:4]): (row[4], row[5]) for row in rows if row[4] or row[5]}


CHANGES = st.lists(
    st.tuples(
        st.sampled_from(
            ["insert", "move", "delete", "trash", "owner", "value", "currency", "bulk", "raw", "fold", "undo"]
        ),
        st.integers(0, 7),
        st.integers(0, 3),
    ),
    max_size=20,
)


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=CHANGES)
def test_totals_equal_the_sums_of_leads_after_any_sequence_of_changes(organization, scope, team, rep, changes):
    Lead.objects.all().delete()
    stages = [stage_of(organization, status) for status in STATUSES]
    for kind, which, choice in changes:
        change(kind, organization, team, rep, stages, which, choice)
        assert kept() == counted(), kind


def change(kind, organization, team, rep, stages, which, choice):
    leads = list(Lead.objects.order_by("pk"))
    lead = leads[which % len(leads)] if leads else None
    if kind == "insert" or lead is None:
        LeadFactory(
            organization=organization,
            stage=stages[choice],
            status=stages[choice].status,
            team=team if which % 2 else None,
            predicted_value_minor=which * 100 or None,
            won_value_minor=which * 70 if which > 4 else None,
        )
    elif kind == "move" and lead.deleted_at is None:
        pipeline.move_lead(lead=lead, stage=stages[choice], actor=rep, won_value=Decimal(which), lost_reason="No")
    elif kind == "undo" and lead.deleted_at is None and (move := pipeline.last_move(lead)):
        if "undo" in move.properties:
            pipeline.undo_move(lead=lead, move_id=move.pk, actor=rep)
    elif kind == "delete":
        lead.delete()
    elif kind == "trash":
        Lead.objects.filter(pk=lead.pk).update(deleted_at=None if lead.deleted_at else timezone.now())
    elif kind == "owner":
        Lead.objects.filter(pk=lead.pk).update(assigned_to=rep if choice % 2 else None)
    elif kind == "value":
        Lead.objects.filter(pk=lead.pk).update(predicted_value_minor=choice or None)
    elif kind == "currency":
        Lead.objects.filter(pk=lead.pk).update(currency="EUR" if choice % 2 else "INR")
    elif kind == "bulk":
        Lead.objects.update(stage=stages[choice], status=stages[choice].status, team=team)
    elif kind == "raw":
        with connection.cursor() as cursor:
            cursor.execute("UPDATE leads_lead SET won_value_minor = %s WHERE score >= 0", [choice * 1000])
    elif kind == "fold":
        totals.fold_organization()


@pytest.mark.django_db
def test_folding_leaves_one_row_per_key_and_none_for_nothing(organization, scope, rep):
    leads = [LeadFactory(organization=organization, assigned_to=rep, predicted_value_minor=100) for _ in range(5)]
    gone = LeadFactory(organization=organization, predicted_value_minor=7)
    gone.delete()
    before = kept()
    assert StageTotal.objects.count() == 7
    assert totals.fold_organization() == 7
    assert StageTotal.objects.count() == 1
    assert kept() == before == counted()
    assert len(leads) == StageTotal.objects.get().lead_count
    assert totals.fold_organization() == 0


@pytest.mark.django_db
def test_a_limit_of_one_fold_leaves_the_rest_for_the_next(organization, scope, monkeypatch):
    monkeypatch.setattr(totals, "AT_ONCE", 3)
    for _ in range(5):
        LeadFactory(organization=organization, predicted_value_minor=10)
    while totals.fold_organization():
        assert kept() == counted()
    assert StageTotal.objects.count() == 1


@pytest.mark.django_db
def test_the_job_folds_every_organization_and_mixes_none(organization, other_organization):
    for home, count in ((organization, 3), (other_organization, 2)):
        for _ in range(count):
            LeadFactory(organization=home, predicted_value_minor=50)
    assert fold_stage_totals() == 5
    for home, count in ((organization, 3), (other_organization, 2)):
        with tenancy.organization_scope(home.pk):
            row = StageTotal.objects.get()
            assert (row.lead_count, row.value_minor) == (count, count * 50)


@pytest.mark.django_db(transaction=True)
def test_folding_beside_writers_and_readers_never_shows_a_wrong_sum(organization):
    rep = UserFactory(organization=organization)
    with tenancy.organization_scope(organization.pk):
        stage = stage_of(organization)
    done = threading.Event()

    def write():
        for _ in range(30):
            with tenancy.organization_scope(organization.pk):
                LeadFactory(organization=organization, assigned_to=rep, predicted_value_minor=10)
        return "wrote"

    def fold():
        rounds = 0
        while not done.is_set():
            with tenancy.organization_scope(organization.pk):
                totals.fold_organization()
            rounds += 1
        return rounds > 0

    def read():
        seen = []
        while not done.is_set():
            with tenancy.organization_scope(organization.pk):
                sums = StageTotal.objects.filter(stage_id=stage.pk).aggregate(n=Sum("lead_count"), v=Sum("value_minor"))
            seen.append(sums["n"] or 0)
            assert (sums["v"] or 0) == 10 * seen[-1]
        return seen == sorted(seen)

    def writers():
        try:
            return at_once(write, write)
        finally:
            done.set()

    assert at_once(writers, fold, fold, read) == [["wrote", "wrote"], True, True, True]
    with tenancy.organization_scope(organization.pk):
        assert kept() == counted()
        assert Lead.objects.filter(created_at__gt=timezone.now() - timedelta(minutes=5)).count() == 60
