"""The databases of one run of the test suite: a migrated template, and a copy of it per process.

The first process that asks migrates the template as the owner; everybody else waits and copies it. Tests are
connected as the application role, so that row level security binds them as it binds the product.
"""

import contextlib
import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from leadcrm.local import roles
from leadcrm.local.database import at
from leadcrm.settings.env import BASE_DIR

RUN, FOLDER, ADMIN = "LEADCRM_TEST_RUN", "LEADCRM_TEST_FOLDER", "LEADCRM_TEST_ADMIN_URL"
# How often emptying a database is tried again.
TRIES = 5


@dataclass(frozen=True)
class SuiteDatabase:
    """What the processes of one run share, handed on in environment variables."""

    run: str
    folder: Path
    admin_url: str
    app_url: str
    owner_url: str

    @classmethod
    def from_environment(cls) -> "SuiteDatabase":
        env = os.environ
        return cls(env[RUN], Path(env[FOLDER]), env[ADMIN], env["DATABASE_URL"], env["OWNER_DATABASE_URL"])

    def export(self) -> None:
        os.environ.update(
            {
                RUN: self.run,
                FOLDER: str(self.folder),
                ADMIN: self.admin_url,
                "DATABASE_URL": self.app_url,
                "OWNER_DATABASE_URL": self.owner_url,
                # These would be read first.
                "DATABASE_URL_FILE": "",
                "OWNER_DATABASE_URL_FILE": "",
            }
        )

    @property
    def template(self) -> str:
        return f"{self.run}_template"

    def copy_for(self, process: str) -> str:
        """Return the name of a fresh copy of the migrated database.

        Raises: LocalError; RuntimeError when a migration fails.
        """
        name = f"{self.run}_{process}"
        with self._one_at_a_time():
            self._migrate_template_once()
            roles.prepare_database(self.admin_url, name, template=self.template)
        return name

    def drop(self, name: str) -> None:
        roles.drop_database(self.admin_url, name)

    def drop_all(self) -> None:
        """Remove every database of this run."""
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            names = connection.execute(
                "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [f"{self.run}_"]
            ).fetchall()
        for (name,) in names:
            self.drop(name)

    def _migrate_template_once(self) -> None:
        done, failed = self.folder / "migrated", self.folder / "migration-failed"
        if failed.exists():
            raise RuntimeError(failed.read_text())
        if done.exists():
            return
        roles.prepare_database(self.admin_url, self.template)
        result = subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0", "--skip-checks"],
            cwd=BASE_DIR,
            env={
                **os.environ,
                "DATABASE_URL": at(self.owner_url, self.template),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode != 0:
            failed.write_text(f"The test database could not be migrated:\n{result.stderr[-4000:]}")
            raise RuntimeError(failed.read_text())
        with psycopg.connect(at(self.owner_url, self.template), autocommit=True) as connection:
            # Gives back the pages of rows that a migration removed: what has pages then is seeded.
            connection.execute("VACUUM")
        done.touch()

    @contextlib.contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        with (self.folder / "template.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


class Cleaner:
    """Empties a test database between tests that commit, which the application role may not do itself."""

    def __init__(self, owner_url: str) -> None:
        self._connection = psycopg.connect(owner_url, autocommit=True)
        self._seeded = self._filled()

    def clean(self) -> None:
        """Empty every table except those that the migrations filled."""
        stale = self._filled() - self._seeded
        if not stale:
            return
        # A table cannot be emptied without those that refer to it, even when these are empty already.
        together = {
            name
            for (name,) in self._connection.execute(
                """
                WITH RECURSIVE affected(id) AS (
                    SELECT unnest(%s::text[])::regclass::oid
                    UNION SELECT conrelid FROM pg_constraint JOIN affected ON confrelid = id WHERE contype = 'f'
                )
                SELECT id::regclass::text FROM affected
                """,
                [list(stale)],
            )
        }
        if lost := together & self._seeded:
            raise AssertionError(f"Emptying {sorted(stale)} would empty seeded tables: {sorted(lost)}.")
        # The names come quoted from regclass.
        self._insist(f"TRUNCATE {', '.join(sorted(together))}".encode())

    def close(self) -> None:
        self._connection.close()

    def _insist(self, statement: bytes) -> None:
        """Execute a statement, again when it waits for a request that a browser left behind and that waits for it."""
        for _ in range(TRIES - 1):
            with contextlib.suppress(psycopg.errors.DeadlockDetected):
                self._connection.execute(statement)
                return
        self._connection.execute(statement)

    def _filled(self) -> set[str]:
        # By size, because row level security hides rows from a count.
        return {
            name
            for (name,) in self._connection.execute(
                "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' "
                "AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0"
            )
        }
