"""The Chromium that the browser tests drive: found, or installed where that is possible.

``python -m leadcrm.local.browser`` is the part of `make test` that makes sure there is one.
"""

import os
import shutil
import subprocess
import sys

from leadcrm.local.errors import LocalError

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
NONE_FOUND = (
    "The browser tests need Chromium and none was found: install it (Debian and Ubuntu: `apt-get install chromium`; "
    "Fedora: `dnf install chromium`), or name the program in CHROMIUM."
)


def find_chromium() -> str:
    """Return the path of Chromium or Chrome.

    Raises: LocalError.
    """
    if explicit := os.environ.get("CHROMIUM"):
        if found := shutil.which(explicit):
            return found
        raise LocalError(f"CHROMIUM is {explicit}, but there is no such program.")
    for name in PROGRAMS:
        if found := shutil.which(name):
            return found
    raise LocalError(NONE_FOUND)


def ensure_chromium() -> str:
    """Return the path of Chromium, and install it first where this user may.

    Raises: LocalError.
    """
    try:
        return find_chromium()
    except LocalError:
        if os.environ.get("CHROMIUM") or os.geteuid() != 0 or not shutil.which("apt-get"):
            raise
    print("No Chromium was found: installing it with apt-get (once).", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", "chromium"]):
        result = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        if result.returncode != 0 and command[1] == "install":
            last = (result.stderr.strip().splitlines() or ["it gave no reason"])[-1]
            raise LocalError(f"apt-get could not install Chromium: {last}")
    return find_chromium()


def main() -> None:
    try:
        print(f"Browser: {ensure_chromium()}")
    except LocalError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
