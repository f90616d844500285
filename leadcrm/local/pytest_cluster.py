"""A pytest plugin, loaded with ``-p`` before anything reads the settings: one PostgreSQL for the whole run.

The process that the person started owns the server; the processes of xdist inherit it in their environment. With
``DATABASE_URL`` set the tests use that server instead, in databases of their own that are removed at the end.
"""

import atexit
import fcntl
import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from leadcrm.local import roles
from leadcrm.local.cluster import Cluster
from leadcrm.local.database import DEFAULT_NAME, Connections, at, named_database
from leadcrm.local.errors import LocalError
from leadcrm.local.state import StateFolder
from leadcrm.local.suite_database import FOLDER, RUN, SuiteDatabase
from leadcrm.settings import env

PREFIX = "leadcrm-test-"
ONLY_TALKS = {"-h", "--help", "-V", "--version", "--markers", "--fixtures", "--co", "--collect-only"}


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(args: list[str]) -> Generator[None]:
    # A wrapper, because pytest-django reads the settings in the same hook and asks to be first as well.
    if RUN not in os.environ and not ONLY_TALKS.intersection(args):
        try:
            _begin()
        except LocalError as error:
            raise pytest.UsageError(str(error)) from error
    if process := os.environ.get("PYTEST_XDIST_WORKER"):
        # Each process has a database of its own, so a worker that it starts must not hear of jobs of another one.
        _use_state_folder(Path(os.environ[FOLDER]) / f"state-{process}")
    return (yield)


def _begin() -> None:
    _remove_leftovers()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    # Held until this process ends, so that the next run can tell a leftover from a run that goes on.
    fcntl.flock(os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600), fcntl.LOCK_EX)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    run = f"leadcrm_test_{os.getpid()}"
    url = env.text("DATABASE_URL")
    if url:
        state = StateFolder(Path(env.text("LEADCRM_STATE_DIR", str(env.BASE_DIR / ".local"))))
        state.prepare()
        connections = named_database(url, env.text("OWNER_DATABASE_URL"), state, name=run)
        if not connections.admin:
            raise LocalError("The tests make databases of their own: DATABASE_URL must be an administrator's.")
    else:
        cluster = Cluster(folder, throwaway=True)
        cluster.start()
        atexit.register(cluster.stop)
        connections = Connections(
            app=cluster.url(roles.APP, DEFAULT_NAME),
            owner=cluster.url(roles.OWNER, DEFAULT_NAME),
            admin=cluster.admin_url,
        )
    suite = SuiteDatabase(run, folder, connections.admin, at(connections.app, run), at(connections.owner, run))
    suite.export()
    if url:
        roles.drop_database(suite.admin_url, run)
        atexit.register(suite.drop_all)
    # Uploads, mails and job files of tests never mix with those of the installation in this checkout.
    _use_state_folder(folder / "state")


def _use_state_folder(folder: Path) -> None:
    os.environ["LEADCRM_STATE_DIR"] = str(folder)
    # Where collected static files would be; whitenoise warns when there is no such folder.
    (folder / "staticfiles").mkdir(parents=True, exist_ok=True)


def _remove_leftovers() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            with (folder / "lock").open("r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue  # another user's, or still in use
