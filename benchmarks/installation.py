"""A leadcrm to measure: its own PostgreSQL, one large organisation among twenty, and a web server."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

from leadcrm.local.cluster import Cluster
from leadcrm.local.roles import prepare_database

ROOT = Path(__file__).resolve().parent.parent


class Installation:
    """Start the database on entry, stop everything on exit; ``fill`` makes the leads the first time."""

    def __init__(self, *, leads: int) -> None:
        self.leads = leads
        self.folder = ROOT / ".local" / "bench" / str(leads)
        self.cluster = Cluster(self.folder)
        self.environment: dict[str, str] = {}
        self._web: subprocess.Popen[bytes] | None = None
        self.base = ""

    def __enter__(self) -> Installation:
        self.cluster.start()
        prepare_database(self.cluster.admin_url, "leadcrm")
        app, owner = self.cluster.url("leadcrm_app", "leadcrm"), self.cluster.url("leadcrm_owner", "leadcrm")
        self.environment = {
            "DATABASE_URL": app,
            "OWNER_DATABASE_URL": owner,
            "DJANGO_SETTINGS_MODULE": "leadcrm.settings.dev",
            "LEADCRM_STATE_DIR": str(self.folder / "state"),
            "REPORT_PAGE_COST": "1",
            "LOG_LEVEL": "WARNING",
        }
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "-v0"],
            check=True, cwd=ROOT, env={**os.environ, **self.environment, "DATABASE_URL": owner},
        )  # fmt: skip
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop_web()
        self.cluster.stop()

    def fill(self) -> None:
        """Make the organisations and their leads, unless a finished earlier run did."""
        done = self.folder / "filled"
        if done.exists():
            return
        from benchmarks import dataset

        dataset.fill(large=self.leads, admin_url=self.cluster.url("postgres", "leadcrm"))
        done.write_text("yes")

    def start_web(self) -> str:
        """Start gunicorn as `make run` does and return its address."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = [sys.executable, "-m", "gunicorn", "leadcrm.wsgi", "-w", "2", "--threads", "4", "-b",
                   f"127.0.0.1:{port}", "--log-level", "warning"]  # fmt: skip
        self._web = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **self.environment})
        self.base = f"127.0.0.1:{port}"
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", port), 0.2).close()
                return self.base
            except OSError:
                time.sleep(0.05)
        raise SystemExit("The web server did not start.")

    def stop_web(self) -> None:
        if self._web is not None:
            self._web.terminate()
            self._web.wait(10)
            self._web = None

    def database_seconds(self) -> float:
        """Return the processor time that the processes of this PostgreSQL have used, where the system tells."""
        postmaster = (self.folder / "postgres" / "postmaster.pid").read_text().splitlines()[0]
        ticks = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:  # it ended meanwhile
                continue
            if fields[1] == postmaster:
                ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def empty(self) -> None:
        """Remove the database, so that the next run makes it again."""
        self.cluster.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
