"""Makes the virtual environment and installs what has changed since the last time.

Run through `bootstrap.py` by the Python of the system, so it may import nothing but the standard library. When the
requirements are the same as last time it touches neither pip nor the network.
"""

import errno
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "leadcrm-installed.json"
NEEDED_BYTES = 300_000_000
# With the environment still to be filled: the requirements take about as much again.
NEEDED_BYTES_FIRST = 900_000_000
REQUIREMENTS = {"run": ("requirements.txt",), "dev": ("requirements.txt", "requirements-dev.txt")}


class CannotInstall(Exception):
    """The message is one sentence for the person at the terminal."""


def main(arguments: list[str]) -> None:
    kind = "dev" if "--dev" in arguments else "run"
    try:
        # Two `make` at once would install into the same folder.
        with (ROOT / "requirements.txt").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            _install(kind)
    except CannotInstall as error:
        sys.exit(str(error))
    except OSError as error:
        if error.errno == errno.ENOSPC:
            sys.exit(f"The disk that holds {ROOT} is full: free some space and start again.")
        sys.exit(f"{error.filename or ROOT} cannot be used: {error.strerror}. Does it belong to another user?")


def _install(kind: str) -> None:
    usable = _is_usable()
    wanted = {name: _digest(files) for name, files in REQUIREMENTS.items()}
    installed = _read_stamp() if usable else {}
    if installed.get(kind) == wanted[kind]:
        _check_room(NEEDED_BYTES)
        return
    _check_room(NEEDED_BYTES if usable else NEEDED_BYTES_FIRST)
    if not usable:
        _make_environment()
    _say(f"Installing {REQUIREMENTS[kind][-1]} into .venv (only when it has changed).")
    STAMP.unlink(missing_ok=True)
    _pip(REQUIREMENTS[kind][-1])
    # The development requirements contain the others.
    fresh = {"run", "dev"} if kind == "dev" else {"run"}
    STAMP.write_text(json.dumps({name: wanted[name] for name in sorted(fresh)}))
    _make_importable()


def _is_usable() -> bool:
    """Tell whether the environment is there and its Python still works; a system upgrade can remove it."""
    if not PYTHON.exists():
        return False
    check = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
    return subprocess.run([str(PYTHON), "-c", check], capture_output=True, check=False).returncode == 0


def _make_environment() -> None:
    if VENV.exists():
        _say("The environment in .venv does not work any more: making it again.")
        shutil.rmtree(VENV)
    _say(f"Making a virtual environment in .venv with Python {sys.version.split()[0]}.")
    result = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True, check=False)
    if result.returncode == 0:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    said = result.stdout + result.stderr
    _refuse_if_disk_is_full(said)
    if "ensurepip" in said or "No module named venv" in said:
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        raise CannotInstall(
            f"This Python cannot make virtual environments: install its venv package "
            f"(Debian and Ubuntu: `apt-get install python{version}-venv`)."
        )
    raise CannotInstall(f"The virtual environment could not be made: {_last_line(said)}")


def _pip(requirements: str) -> None:
    command = [
        *(str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"),
        *("--requirement", str(ROOT / requirements)),
    ]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace", check=False)
    if result.returncode == 0:
        return
    said = result.stdout + result.stderr
    _refuse_if_disk_is_full(said)
    errors = [line for line in said.splitlines() if line.startswith("ERROR:")]
    reason = (errors[-1] if errors else _last_line(said)).removeprefix("ERROR:").strip().rstrip(".")
    raise CannotInstall(
        f"The requirements could not be installed: {reason}. The first start, and the first after a change of "
        f"{requirements}, needs a package index that pip can reach."
    )


def _make_importable() -> None:
    """Let programs of the environment (`pytest`, `celery`) find leadcrm from any folder."""
    for folder in (VENV / "lib").glob("python3.*/site-packages"):
        (folder / "leadcrm-checkout.pth").write_text(f"{ROOT}\n")


def _refuse_if_disk_is_full(said: str) -> None:
    if os.strerror(errno.ENOSPC) in said:
        raise CannotInstall(f"The disk that holds {ROOT} is full: free some space and start again.")


def _check_room(needed: int) -> None:
    free = shutil.disk_usage(ROOT).free
    if free < needed:
        raise CannotInstall(
            f"Only {free // 1_000_000} MB are free where {ROOT} is, and leadcrm needs {needed // 1_000_000} MB: "
            "free some space and start again."
        )


def _digest(files: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for name in files:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def _read_stamp() -> dict[str, str]:
    try:
        stamp: dict[str, str] = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return stamp


def _last_line(said: str) -> str:
    return (said.strip().splitlines() or ["no reason was given"])[-1].strip()


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
