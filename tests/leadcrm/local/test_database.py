import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from leadcrm.local import roles
from leadcrm.local.cluster import Cluster
from leadcrm.local.database import named_database
from leadcrm.local.errors import LocalError
from leadcrm.local.state import StateFolder
from leadcrm.settings.env import BASE_DIR


@pytest.fixture
def server(cluster: Cluster) -> Iterator[Cluster]:
    """Run a server as somebody else would: the roles of leadcrm need a password there."""
    rules = cluster.data / "pg_hba.conf"
    rules.write_text("local all leadcrm_owner,leadcrm_app scram-sha-256\n" + rules.read_text())
    with cluster:
        yield cluster


@pytest.fixture
def state(tmp_path: Path) -> StateFolder:
    folder = StateFolder(tmp_path / "installation")
    folder.prepare()
    return folder


def who(url: str) -> tuple[str, str]:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT current_user::text, current_database()::text").fetchone()
    assert row is not None
    return row


def test_administrator_url_is_never_used_by_the_application(server: Cluster, state: StateFolder):
    found = named_database(server.url("postgres", "crm"), "", state)
    assert who(found.app) == (roles.APP, "crm")
    assert who(found.owner) == (roles.OWNER, "crm")
    again = named_database(server.url("postgres", "crm"), "", state)
    assert (again.app, again.owner) == (found.app, found.owner)


def test_url_of_the_server_itself_gets_a_database_of_our_name(server: Cluster, state: StateFolder):
    assert who(named_database(server.admin_url, "", state).app) == (roles.APP, "leadcrm")


def test_passwords_in_use_are_kept_and_forgotten_ones_are_replaced(server: Cluster, state: StateFolder, tmp_path: Path):
    first = named_database(server.admin_url, "", state)
    other = StateFolder(tmp_path / "other")
    other.prepare()
    second = named_database(server.admin_url, "", other)
    assert urlsplit(first.app).password != urlsplit(second.app).password
    assert who(second.app) == (roles.APP, "leadcrm")
    with pytest.raises(psycopg.OperationalError):
        who(first.app)


def test_two_ready_roles_are_taken_as_they_are(server: Cluster, state: StateFolder):
    made = named_database(server.admin_url, "", state)
    found = named_database(made.app, made.owner, state)
    assert (found.app, found.owner, found.admin) == (made.app, made.owner, "")


def test_role_without_power_needs_the_owner_as_well(server: Cluster, state: StateFolder):
    made = named_database(server.admin_url, "", state)
    with pytest.raises(LocalError, match=r"role 'leadcrm_app' of DATABASE_URL may not create .*prepare_database"):
        named_database(made.app, "", state)


def test_swapped_urls_are_refused(server: Cluster, state: StateFolder):
    made = named_database(server.admin_url, "", state)
    with pytest.raises(LocalError, match="DATABASE_URL connects as 'leadcrm_owner'"):
        named_database(made.owner, made.app, state)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("sqlite:///db.sqlite3", "DATABASE_URL must start with postgres://"),
        ("postgres://nobody@/x?host=/nowhere", "The server of DATABASE_URL cannot be used: "),
    ],
)
def test_unusable_url_is_one_sentence(state: StateFolder, url: str, sentence: str):
    with pytest.raises(LocalError) as refusal:
        named_database(url, "", state)
    assert str(refusal.value).startswith(sentence)
    assert "\n" not in str(refusal.value)


def test_administrator_prepares_a_server_once_and_gets_the_urls(server: Cluster, tmp_path: Path):
    def prepare() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", "prepare_database"],
            cwd=BASE_DIR,
            env={
                **os.environ,
                "DATABASE_URL": server.url("postgres", "crm"),
                "LEADCRM_STATE_DIR": str(tmp_path / "state"),
            },
            capture_output=True,
            text=True,
            check=False,
        )

    first = prepare()
    assert first.returncode == 0, first.stderr
    urls = dict(line.partition("=")[::2] for line in first.stdout.splitlines())
    assert who(urls["DATABASE_URL"]) == (roles.APP, "crm")
    assert who(urls["OWNER_DATABASE_URL"]) == (roles.OWNER, "crm")
    assert prepare().stdout == first.stdout
