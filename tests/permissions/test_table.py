"""Every door is tried by everybody."""

import pytest
from django.contrib import admin
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from leadcrm.core import tenancy
from tests.permissions.table import LIBRARY_PREFIXES, TABLE
from tests.permissions.world import make_world
from tests.personas import BACKEND


def named_urls(resolver, namespace=""):
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from named_urls(entry, f"{namespace}{entry.namespace}:" if entry.namespace else namespace)
        elif isinstance(entry, URLPattern):
            yield f"{namespace}{entry.name}"


def uncovered(names, table):
    rows = {row.name for row in table}
    return {name for name in names if name not in rows and not name.startswith(LIBRARY_PREFIXES)}


def test_every_url_has_a_row():
    assert uncovered(named_urls(get_resolver()), TABLE) == set()


def test_the_rule_finds_a_url_without_a_row():
    assert uncovered([TABLE[0].name, "leads:forgotten"], TABLE) == {"leads:forgotten"}


def test_every_row_names_a_url_that_exists():
    assert {row.name for row in TABLE} - set(named_urls(get_resolver())) == set()


@pytest.mark.parametrize("row", TABLE, ids=str)
def test_everybody_gets_what_the_table_says(db, row, settings):
    world = make_world()
    if row.prepare:
        with tenancy.organization_scope(world.organization.pk):
            row.prepare(world)
    url = reverse(row.name, args=[world.value(name) for name in row.args]) + row.query
    data = {
        key: world.value(value[1:]) if isinstance(value, str) and value.startswith("@") else value
        for key, value in row.data.items()
    }
    got = {}
    for persona, user in world.people.items():
        client = Client(raise_request_exception=False)
        if user is not None:
            client.force_login(user, backend=BACKEND)
        with transaction.atomic():  # what one persona changes, the next one does not meet
            got[persona] = getattr(client, row.method)(url, data).status_code
            transaction.set_rollback(True)
    assert got == row.expected()


@pytest.mark.parametrize("model", [model._meta.label for model in admin.site._registry])
def test_admin_doors_open_for_staff_only(db, model):
    world = make_world()
    app, name = model.lower().split(".")
    url = reverse(f"admin:{app}_{name}_changelist")
    for persona, user in world.people.items():
        client = Client(raise_request_exception=False)
        if user is not None:
            client.force_login(user, backend=BACKEND)
        assert (persona, client.get(url).status_code) == (persona, 200 if persona == "staff" else 302)
