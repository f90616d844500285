"""Switch feature flags for a test: ``set_flag("CHAT_SUPPORT", enabled=False)``; afterwards they are as before."""

import json
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from leadcrm.core import tenancy
from leadcrm.flags import services
from leadcrm.flags.models import FeatureFlag


@contextmanager
def as_staff():
    """Take on the role that may change flags, whatever scope is open."""
    scope = tenancy.maybe_scope()
    with transaction.atomic(), connection.cursor() as cursor:
        if scope is None or not scope.is_staff:
            cursor.execute("SET LOCAL ROLE leadcrm_staff")
        yield cursor
        if scope is None or not scope.is_staff:
            cursor.execute("RESET ROLE")


def write(key, fields):
    values = {name: json.dumps(value) if name == "user_groups" else value for name, value in fields.items()}
    settings = ", ".join(f"{name} = %s" for name in values)
    with as_staff() as cursor:
        cursor.execute(f"UPDATE flags_featureflag SET {settings} WHERE key = %s", [*values.values(), key])  # noqa: S608 — names of this test
    services.forget()


@pytest.fixture(autouse=True)
def flags_are_read(request):
    """Read the flags before a test that has a database, so that no page of it pays for it."""
    marked = request.node.get_closest_marker("django_db") is not None
    if marked or {"db", "transactional_db"} & set(request.fixturenames):
        request.getfixturevalue("_django_db_helper")
        services.is_on("")


@pytest.fixture
def set_flag(db):
    before = {}

    def change(key, **fields):
        flag = FeatureFlag.objects.get(key=key)
        for name in fields:
            before.setdefault(key, {}).setdefault(name, getattr(flag, name))
        write(key, fields)

    yield change
    for key, fields in before.items():
        write(key, fields)
