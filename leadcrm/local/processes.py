"""Commands that start a child through `child.py`, so that no process outlives the one that started it."""

import os
import sys
from pathlib import Path

CHILD_SCRIPT = Path(__file__).with_name("child.py")


def bound_to_parent(command: list[str], *, signal_name: str = "SIGTERM", user: str = "") -> list[str]:
    """Wrap a command so that the kernel sends it a signal when this process ends.

    The kernel watches the starting thread, not the process: start children from a thread that lives as long.
    """
    return [
        *(sys.executable, "-I", "-S", str(CHILD_SCRIPT)),
        *("--parent", str(os.getpid()), "--signal", signal_name, "--user", user),
        *("--", *command),
    ]
