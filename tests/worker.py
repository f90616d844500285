"""The real worker: Celery with its scheduler, as `make run` starts it, with database and files of this process."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from celery import current_app
from django.conf import settings
from kombu import Connection

from leadcrm.local.programs import worker_command
from leadcrm.settings.env import BASE_DIR
from tests.processes import wait_until


class Worker:
    """One worker process. Its messages lie as files in a folder that this process shares with it."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / "worker.log"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        return self._log.read_text() if self._log.exists() else ""

    def start(self) -> None:
        """Start the process, and return when it takes work."""
        assert self.process is None, "The worker runs already."
        broker, control = settings.STATE_DIR / "broker", settings.STATE_DIR / "broker-control"
        for place in (broker, control, settings.MEDIA_ROOT):
            place.mkdir(parents=True, exist_ok=True)
        for message in broker.iterdir():  # of tests before, about rows that are gone
            message.unlink(missing_ok=True)
        environment = {
            **os.environ,
            # As in `make run`.
            "DJANGO_SETTINGS_MODULE": "leadcrm.settings.dev",
            "LEADCRM_STATE_DIR": str(settings.STATE_DIR),
            # A Redis is shared by all processes of the suite; this worker has messages of its own, and its sweep.
            "REDIS_URL": "",
            "PYTHONWARNINGS": "ignore",
        }
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                worker_command(), cwd=BASE_DIR, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        options = {"data_folder_in": str(broker), "data_folder_out": str(broker), "control_folder": str(control)}
        with Connection("filesystem://localhost", transport_options=options) as connection:
            current_app.send_task("leads.sweep_jobs", connection=connection)
        ring = set(broker.glob("*.msg"))
        assert ring, "The broker has no message, so nothing tells when the worker is ready."
        wait_until(lambda: self._must_live() and not any(message.exists() for message in ring), 60)

    def kill(self) -> None:
        """End it as a power cut does."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Let it end its work, and take it away in any case."""
        if self.process is not None:
            self._end(signal.SIGTERM)

    def _must_live(self) -> bool:
        assert self.process is not None and self.process.poll() is None, f"The worker has ended:\n{self.log}"
        return True

    def _end(self, number: int) -> None:
        assert self.process is not None
        process, self.process = self.process, None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture
def new_worker(transactional_db, tmp_path: Path) -> Iterator[Callable[[], Worker]]:
    """Return a function that gives a worker which is not started yet; none of them outlives the test."""
    made: list[Worker] = []

    def make() -> Worker:
        made.append(Worker(tmp_path))
        return made[-1]

    yield make
    for worker in made:
        worker.stop()


@pytest.fixture
def worker(new_worker: Callable[[], Worker]) -> Worker:
    """Run a worker beside the test."""
    running = new_worker()
    running.start()
    return running
