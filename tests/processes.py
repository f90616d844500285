"""What tests that start real processes need to see and to wait for."""

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path


def processes_in(folder: Path) -> list[int]:
    """Return the processes that work in a folder, which is where PostgreSQL's do."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (entry / "cwd").readlink() == folder.resolve():
                found.append(int(entry.name))
    return found


def wait_until(condition: Callable[[], object], seconds: float = 20, *, every: float = 0.02) -> None:
    """Return as soon as the condition holds, and fail when it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "It did not happen in time."
        time.sleep(every)


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; one that ended and was not collected does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in {"Z", "X"}


def running_as_root() -> bool:
    return os.geteuid() == 0
