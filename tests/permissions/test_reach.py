"""A lead beyond reach, and what hangs on it, does not exist: on any door, by any method, for page or fragment."""

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from leadcrm.core import tenancy
from leads.models import Activity, JourneyEvent, Lead, LeadNote
from tests.factories.leads import ActivityFactory, LeadNoteFactory
from tests.permissions.table import TABLE
from tests.permissions.world import make_world
from tests.personas import BACKEND

DOORS = sorted({(row.name, row.args) for row in TABLE if {"lead", "note", "activity"} & set(row.args)})
# What a form of each of these doors would send.
DATA = {
    "content": "x", "add": "x", "to": "nobody", "type": "call", "day": "2027-01-05", "time": "10:00", "company": "x",
    "step": "tomorrow", "outcome": "x", "seen": "{}",
}  # fmt: skip


@pytest.fixture
def world(db):
    world = make_world()
    lead, organization = world.things.unseen_lead, world.organization
    with tenancy.organization_scope(organization.pk):
        world.things.unseen_activity = ActivityFactory(lead=lead, organization=organization)
        world.things.unseen_note = LeadNoteFactory(lead=lead, organization=organization, author=world.people["rep"])
    return world


def state(world):
    """Return everything that a door could have changed."""
    with tenancy.organization_scope(world.organization.pk):
        return [list(model.objects.order_by("pk").values()) for model in (Lead, LeadNote, Activity, JourneyEvent)]


@pytest.mark.parametrize("persona", ["manager", "rep", "outsider"])
def test_nothing_of_a_lead_beyond_reach_can_be_seen_or_changed(world, persona):
    client = Client(raise_request_exception=False)
    client.force_login(world.people[persona], backend=BACKEND)
    before, opened = state(world), []
    for name, args in DOORS:
        values = [world.value(f"unseen_{arg}" if arg in ("lead", "note", "activity") else arg) for arg in args]
        url = reverse(name, args=values)
        for method in ("get", "post"):
            with transaction.atomic():
                data = {**DATA, "stage": str(world.things.stage.pk)}
                status = getattr(client, method)(url, data, headers={"HX-Request": "true"}).status_code
                transaction.set_rollback(status == 404)
            if status not in (404, 405):
                opened.append((name, method, status))
    assert opened == []
    assert state(world) == before


def test_the_same_doors_open_for_somebody_who_sees_the_lead(world):
    """Without this a door that answers 404 to everybody would pass."""
    client = Client(raise_request_exception=False)
    client.force_login(world.people["admin"], backend=BACKEND)
    closed = set()
    for name, args in DOORS:
        url = reverse(name, args=[world.value(arg) for arg in args])
        answers = set()
        for method in ("get", "post"):
            with transaction.atomic():
                answers.add(getattr(client, method)(url, headers={"HX-Request": "true"}).status_code)
                transaction.set_rollback(True)
        if answers <= {404, 405}:
            closed.add(name)
    assert closed == set()
