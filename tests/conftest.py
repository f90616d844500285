"""What every test can ask for: the database of its process, a browser, a Redis."""

import os
import re
import shutil
from collections.abc import Iterator

# Playwright's synchronous API runs inside an event loop, where Django would refuse every query.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

import pytest
from django.conf import settings as django_settings
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.test import TransactionTestCase

from leadcrm.local.browser import find_chromium
from leadcrm.local.database import at
from leadcrm.local.redis_server import RedisServer
from leadcrm.local.suite_database import Cleaner, SuiteDatabase

pytest_plugins = ["tests.flags", "tests.mail_server", "tests.personas", "tests.streams", "tests.worker"]


def _refuse_locks_that_join(connection: BaseDatabaseWrapper, **_: object) -> None:
    """Fail whoever locks rows in a statement that asks other rows too.

    After it has waited for a row, PostgreSQL looks at that row again, but not at those that it joined before: a row
    whose stage, owner or team changed meanwhile is silently left out, or comes with the stage that it had.
    """

    def check(execute, sql, params, many, context):
        # What is written by hand has its reasons beside it.
        if sql.startswith("SELECT") and re.search(r"FOR (NO KEY )?UPDATE", sql):
            assert " JOIN " not in sql and sql.count("SELECT") == 1, f"Lock first, then ask: {sql}"
        return execute(sql, params, many, context)

    if check.__qualname__ not in [wrapper.__qualname__ for wrapper in connection.execute_wrappers]:
        connection.execute_wrappers.append(check)


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_blocker) -> Iterator[None]:
    """Connect this process to a migrated database of its own, as the application role."""
    suite = SuiteDatabase.from_environment()
    name = suite.copy_for(os.environ.get("PYTEST_XDIST_WORKER", "main"))
    app_url, owner_url = at(suite.app_url, name), at(suite.owner_url, name)
    # Programs that a test starts use the same database, and so does whoever listens for events.
    os.environ["DATABASE_URL"], os.environ["OWNER_DATABASE_URL"] = app_url, owner_url
    django_settings.OWNER_DATABASE_URL, django_settings.LISTEN_DATABASE_URL = owner_url, app_url
    connections["default"].settings_dict["NAME"] = name
    cleaner = Cleaner(owner_url)
    with pytest.MonkeyPatch.context() as patch:
        # The application role owns nothing, so Django's own way, TRUNCATE, is closed to it.
        connection_created.connect(_refuse_locks_that_join)
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _test: cleaner.clean())
        yield
        connection_created.disconnect(_refuse_locks_that_join)
    cleaner.close()
    with django_db_blocker.unblock():
        connections.close_all()
    suite.drop(name)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    """Start the Chromium of the system, without the traffic that it makes by itself."""
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
    return {
        **browser_type_launch_args,
        "executable_path": find_chromium(),
        # Chromium's own sandbox does not work for root or inside most containers.
        "args": ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", *quiet],
    }


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory) -> Iterator[str]:
    """Return a Redis for this process: the one of ``REDIS_URL``, or one that is started for it."""
    if url := os.environ.get("REDIS_URL"):
        yield url
        return
    folder = tmp_path_factory.mktemp("redis")
    with RedisServer(folder) as url:
        yield url
    shutil.rmtree(folder, ignore_errors=True)
