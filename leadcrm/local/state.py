"""The folder of everything that this installation writes: who uses it, and its secrets."""

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from leadcrm.local.errors import LocalError

# Its presence is what lets `make demo-reset` empty the folder.
MARKER = "made-by-leadcrm"
STOP_SECONDS = 60


@dataclass(frozen=True)
class Running:
    """The launcher that uses the folder now."""

    pid: int
    url: str


class StateFolder:
    """The folder named by the setting ``STATE_DIR``."""

    def __init__(self, path: Path) -> None:
        self.path = path = path.resolve()
        self._lock_file = path / "run.lock"

    def prepare(self) -> None:
        """Create the folder where it is missing.

        Raises: LocalError.
        """
        try:
            # Private: uploads and the mails of everybody are in it.
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self.path / MARKER).touch()
        except OSError as error:
            raise LocalError(f"The folder {self.path} cannot be used: {error.strerror}.") from error

    # --- one launcher at a time ---------------------------------------------------------------

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the folder; the kernel gives it back when this process ends, however it ends.

        Raises: LocalError, when another launcher holds it.
        """
        try:
            handle = os.open(self._lock_file, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise LocalError(f"The folder {self.path} cannot be used: {error.strerror}.") from error
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise LocalError(_already(self._read_lock())) from None
            self.announce("")
            yield
        finally:
            os.close(handle)

    def announce(self, url: str) -> None:
        """Leave word for a second launcher, and for `make demo-reset`, about who holds the lock."""
        self._lock_file.write_text(json.dumps({"pid": os.getpid(), "url": url}))

    def running(self) -> Running | None:
        """Return the launcher that holds the folder now, if any."""
        try:
            handle = os.open(self._lock_file, os.O_RDWR)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise LocalError(f"The folder {self.path} cannot be used: {error.strerror}.") from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return self._read_lock()
        finally:
            os.close(handle)
        return None

    def _read_lock(self) -> Running:
        # The holder may be between taking the lock and saying who it is.
        for _ in range(50):
            with contextlib.suppress(ValueError, KeyError):
                said = json.loads(self._lock_file.read_text())
                return Running(int(said["pid"]), str(said["url"]))
            time.sleep(0.1)
        raise LocalError(f"Something holds {self._lock_file} without saying who it is: end it first.")

    def stop_running(self) -> Running | None:
        """End the launcher that holds the folder, wait until it has let go, and return who it was.

        Raises: LocalError.
        """
        holder = self.running()
        if holder is None:
            return None
        try:
            os.kill(holder.pid, signal.SIGTERM)
        except PermissionError:
            raise LocalError(f"leadcrm runs here under another user (process {holder.pid}): stop it first.") from None
        except ProcessLookupError:
            pass
        deadline = time.monotonic() + STOP_SECONDS
        while self.running() is not None:
            if time.monotonic() > deadline:
                raise LocalError(f"leadcrm (process {holder.pid}) did not stop in {STOP_SECONDS} s: end it first.")
            time.sleep(0.1)
        return holder

    # --- emptying -----------------------------------------------------------------------------

    def empty(self) -> None:
        """Remove everything in the folder.

        Raises: LocalError, when the folder was not made by leadcrm or holds files of another user.
        """
        if not self.path.exists() or not any(self.path.iterdir()):
            return
        if not (self.path / MARKER).exists():
            raise LocalError(f"{self.path} was not made by leadcrm, so it is left as it is: remove it by hand.")
        for entry in sorted(self.path.iterdir(), key=lambda entry: entry.name == MARKER):
            try:
                if entry.is_dir() and not entry.is_symlink():
                    shutil.rmtree(entry)
                else:
                    entry.unlink()
            except PermissionError as error:
                raise LocalError(
                    f"{error.filename} belongs to another user: run `make demo-reset` as that user."
                ) from error

    # --- secrets ------------------------------------------------------------------------------

    def secret(self, name: str) -> str:
        """Return a random text that stays the same for this installation."""
        file = self.path / "secrets.json"
        try:
            known: dict[str, str] = json.loads(file.read_text())
        except (FileNotFoundError, ValueError):
            known = {}
        if name not in known:
            known[name] = secrets.token_urlsafe(32)
            writing = file.with_suffix(".writing")
            # Private from the first byte on, and whole or not there.
            handle = os.open(writing, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "w") as stream:
                json.dump(known, stream)
            writing.replace(file)
        return known[name]


def _already(holder: Running) -> str:
    where = f" at {holder.url}" if holder.url else ""
    return f"leadcrm is already running from this folder{where} (process {holder.pid}): stop that one first."
