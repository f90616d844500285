"""What holds for every door, whoever stands before it: headers, the token against forgery, harmless GETs."""

import re

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from leadcrm.core import tenancy
from tests.permissions.table import TABLE
from tests.permissions.world import make_world
from tests.personas import BACKEND

LIBRARY = [
    "account_login", "account_logout", "account_signup", "account_reset_password", "account_change_password",
    "account_email", "mfa_index", "mfa_activate_totp", "usersessions_list", "admin:index",
]  # fmt: skip
WRITE = re.compile(r'^(?:INSERT INTO|UPDATE|DELETE FROM) "?(\w+)', re.IGNORECASE)
# Sessions and the time of the last visit follow every request, visits of public pages are counted; taking data out is
# written down.
WRITTEN_BY_LOOKING = {
    "django_session", "usersessions_usersession", "accounts_user", "django_cache", "analytics_analyticsevent",
}  # fmt: skip
WRITTEN_DOWN = {"audit:entry_export": {"audit_activitylog"}, "leads:export_download": {"audit_activitylog"}}
# Doors that strangers' browsers use without any session, and what guards them in place of the token.
WITHOUT_TOKEN = {
    "analytics:page_timing": "a signed ticket of the page",
    "assessments:capture_page": "a signed stamp, and the sites that the form may stand on",
}


@pytest.fixture
def doors(db):
    """Return a function that lists (name, address) of every door in a world, and the people of that world."""
    world = make_world()
    with tenancy.organization_scope(world.organization.pk):
        for row in TABLE:
            if row.prepare:
                row.prepare(world)
    found = {(row.name, reverse(row.name, args=[world.value(name) for name in row.args]) + row.query) for row in TABLE}
    found |= {(name, reverse(name)) for name in LIBRARY}
    return world, sorted(found)


def signed_in(user, **options):
    client = Client(raise_request_exception=False, **options)
    if user is not None:
        client.force_login(user, backend=BACKEND)
    return client


@pytest.mark.parametrize("persona", ["admin", "viewer", "staff", "anonymous"])
def test_no_answer_is_kept_by_a_cache_framed_or_sniffed(doors, persona):
    world, found = doors
    client = signed_in(world.people[persona])
    lax = []
    for name, url in found:
        with transaction.atomic():
            answer = client.get(url)
            transaction.set_rollback(True)
        headers = answer.headers
        if "no-store" not in headers.get("Cache-Control", ""):
            lax.append((name, answer.status_code, "Cache-Control", headers.get("Cache-Control")))
        if headers.get("X-Content-Type-Options") != "nosniff" or headers.get("X-Frame-Options") != "DENY":
            lax.append((name, answer.status_code, "nosniff or frames"))
        if "script-src 'self'" not in headers.get("Content-Security-Policy", ""):
            lax.append((name, answer.status_code, "Content-Security-Policy"))
    assert lax == []


def test_no_door_opens_to_a_form_without_the_token(doors):
    world, found = doors
    client = signed_in(world.people["admin"], enforce_csrf_checks=True)
    opened = []
    for name, url in found:
        for method in ("post", "put", "patch", "delete"):
            with transaction.atomic():
                status = getattr(client, method)(url).status_code
                transaction.set_rollback(True)
            # The sign-in page refuses those who are signed in before it looks at the token.
            if status not in (403, 405) and name != "account_login":
                opened.append((name, method, status))
    assert {name for name, _, _ in opened} <= set(WITHOUT_TOKEN), opened


def test_looking_changes_nothing(doors):
    world, found = doors
    client = signed_in(world.people["admin"])
    changed = []
    for name, url in found:
        if name == "admin:index":
            continue
        for headers in ({}, {"HX-Request": "true"}):
            with transaction.atomic(), CaptureQueriesContext(connection) as queries:
                client.get(url, headers=headers)
                transaction.set_rollback(True)
            tables = {hit[1] for query in queries if (hit := WRITE.match(query["sql"]))}
            if extra := tables - WRITTEN_BY_LOOKING - WRITTEN_DOWN.get(name, set()):
                changed.append((name, sorted(extra)))
    assert changed == []
