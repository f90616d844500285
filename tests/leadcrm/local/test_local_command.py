"""`make run` as a person meets it: the whole of it, in its own process, with a database of its own."""

import os
import re
import signal
import smtplib
import socket
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import psycopg
import pytest

from leadcrm.local import roles
from leadcrm.local.cluster import Cluster
from leadcrm.local.sockets import port_of
from leadcrm.local.state import StateFolder
from leadcrm.settings.env import BASE_DIR
from tests.processes import is_alive, processes_in, wait_until

# What the suite sets for itself, and a person has not set.
OURS = ("DATABASE_URL", "OWNER_DATABASE_URL", "DATABASE_URL_FILE", "OWNER_DATABASE_URL_FILE", "REDIS_URL", "EMAIL_HOST")

# They share one running installation, so they belong into one process.
pytestmark = pytest.mark.xdist_group("installation")


def environment(state: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in OURS}
    return {**kept, "LEADCRM_STATE_DIR": str(state), "DJANGO_SETTINGS_MODULE": "leadcrm.settings.dev", **more}


def command(name: str, state: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", name],
        cwd=BASE_DIR,
        env=environment(state, **more),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def children_of(pid: int) -> dict[str, int]:
    """Return the processes that a launcher started, by the module that they run."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            words = (entry / "cmdline").read_text().split("\0")
        except (OSError, ValueError):
            continue
        if parent == pid and "-m" in words:
            found[words[words.index("-m") + 1]] = int(entry.name)
    return found


class Installation:
    """A `manage.py local` over one state folder, started again when a test has ended it."""

    def __init__(self, folder: Path) -> None:
        self.state, self.log = folder / "state", folder / "log"
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = port_of(free)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def ensure_ready(self) -> None:
        if self.process is not None and self.process.poll() is None:
            return
        with self.log.open("w") as out:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "local"],
                cwd=BASE_DIR,
                env=environment(self.state, PORT=str(self.port)),
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        process = self.process
        wait_until(lambda: "leadcrm is ready" in self.said() or process.poll() is not None, seconds=90)
        assert process.poll() is None, self.said()

    def said(self) -> str:
        return self.log.read_text()

    def get(self, path: str) -> tuple[int, str]:
        connection = HTTPConnection("localhost", self.port, timeout=30)
        connection.request("GET", path)
        answer = connection.getresponse()
        result = answer.status, answer.read().decode()
        connection.close()
        return result

    def stop(self) -> int:
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(60)


@pytest.fixture(scope="module")
def started_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    running = Installation(tmp_path_factory.mktemp("installation"))
    try:
        yield running
    finally:
        if running.process is not None:
            running.stop()


@pytest.fixture
def installation(started_once: Installation) -> Installation:
    started_once.ensure_ready()
    return started_once


def test_pages_are_served_and_everything_needed_is_printed(installation: Installation):
    status, page = installation.get("/accounts/login/")
    assert status == 200
    assert "<form" in page
    said = installation.said()
    assert f"leadcrm is ready: http://localhost:{installation.port}\n" in said
    assert f"http://localhost:{installation.port}/local/mailbox/" in said
    assert re.search(r"Manager +manager@demo\.example +\S+", said)
    assert "Ctrl+C" in said


def test_web_process_has_no_way_to_the_owner(installation: Installation):
    web = children_of(installation.pid)["gunicorn"]
    variables = dict(
        line.partition("=")[::2] for line in Path(f"/proc/{web}/environ").read_text().split("\0") if "=" in line
    )
    assert variables["DATABASE_URL"].startswith("postgres://leadcrm_app@")
    assert variables["OWNER_DATABASE_URL"] == ""
    assert roles.OWNER not in Path(f"/proc/{web}/environ").read_text()


def test_mail_of_the_product_is_shown_on_the_mailbox_page(installation: Installation):
    web = children_of(installation.pid)["gunicorn"]
    port = re.search(r"EMAIL_PORT=(\d+)", Path(f"/proc/{web}/environ").read_text())
    assert port is not None
    with smtplib.SMTP("127.0.0.1", int(port.group(1)), timeout=20) as client:
        client.sendmail("crm@example.com", ["asha@example.com"], "Subject: Confirm your address\r\n\r\nHello")
    status, page = installation.get("/local/mailbox/")
    assert status == 200
    assert "Confirm your address" in page


def test_second_start_says_that_the_first_is_running(installation: Installation):
    second = command("local", installation.state)
    assert second.returncode == 1
    assert second.stderr.strip() == (
        f"leadcrm is already running from this folder at http://localhost:{installation.port} "
        f"(process {installation.pid}): stop that one first."
    )


def test_killed_worker_and_killed_database_come_back(installation: Installation):
    worker = children_of(installation.pid)["celery"]
    server = min(processes_in(installation.state / "postgres"))
    os.kill(worker, signal.SIGKILL)
    os.kill(server, signal.SIGKILL)
    wait_until(lambda: children_of(installation.pid).get("celery", worker) != worker)
    wait_until(lambda: installation.get("/accounts/login/")[0] == 200)
    assert not is_alive(worker)


def test_taken_port_is_one_sentence(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = port_of(taken)
        result = command("local", tmp_path / "state", PORT=str(port))
    assert result.returncode == 1
    assert result.stderr.startswith(f"Port {port} is taken by another program: ")
    assert result.stderr.count("\n") == 1


def test_failed_migration_ends_everything_and_shows_its_error(cluster: Cluster):
    state = cluster.folder
    lasting = Cluster(state)
    with lasting:
        roles.prepare_database(lasting.admin_url, "leadcrm")
        with psycopg.connect(lasting.url(roles.OWNER, "leadcrm"), autocommit=True) as connection:
            # In the way of the first migration that makes a table of this name.
            connection.execute("CREATE TABLE django_content_type (id int)")
    result = command("local", state, PORT="")
    assert result.returncode == 1
    assert 'relation "django_content_type" already exists' in result.stderr
    assert result.stderr.strip().endswith("A migration failed, so nothing was started; its error is above.")
    assert processes_in(state / "postgres") == []
    assert not (state / "postgres.socket").exists()


def test_database_of_a_newer_version_is_one_sentence(cluster: Cluster):
    state = cluster.folder
    lasting = Cluster(state)
    with lasting:
        roles.prepare_database(lasting.admin_url, "leadcrm")
        with psycopg.connect(lasting.url(roles.OWNER, "leadcrm"), autocommit=True) as connection:
            connection.execute(
                "CREATE TABLE django_migrations (id int GENERATED ALWAYS AS IDENTITY, app text, name text)"
            )
            connection.execute("INSERT INTO django_migrations (app, name) VALUES ('accounts', '9999_from_tomorrow')")
    result = command("local", state, PORT="")
    assert result.returncode == 1
    assert "migrated by a newer version of leadcrm (accounts.9999_from_tomorrow is not in this code)" in result.stderr
    assert processes_in(state / "postgres") == []


def test_sigterm_leaves_nothing_behind_although_somebody_listens(installation: Installation):
    children = list(children_of(installation.pid).values())
    sockets = Path((installation.state / "postgres.socket").read_text())
    # An event stream that somebody holds open must not hold up the end.
    with socket.create_connection(("127.0.0.1", installation.port), 20) as held:
        held.sendall(b"GET /events/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert installation.stop() == 0
    assert len(children) == 5
    assert not any(is_alive(pid) for pid in children)
    assert processes_in(installation.state / "postgres") == []
    assert not sockets.exists()
    assert installation.said().endswith("leadcrm has stopped.\n")


def test_reset_empties_the_folder(tmp_path: Path):
    state = tmp_path / "state"
    StateFolder(state).prepare()
    (state / "postgres").mkdir()
    (state / "postgres" / "PG_VERSION").touch()
    result = command("demo_reset", state)
    assert result.returncode == 0
    assert result.stdout == f"{state} is empty; `make run` starts afresh.\n"
    assert list(state.iterdir()) == []


def test_reset_refuses_a_folder_of_somebody_else(tmp_path: Path):
    (tmp_path / "thesis.txt").touch()
    result = command("demo_reset", tmp_path)
    assert result.returncode == 1
    assert result.stderr.startswith(f"{tmp_path} was not made by leadcrm")
    assert (tmp_path / "thesis.txt").exists()
