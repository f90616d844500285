"""One PostgreSQL server of our own: made, started, watched and stopped as a child of this process.

It listens on a socket in a private temporary folder and never on the network, so it needs no password.
"""

import contextlib
import errno
import locale
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg

from leadcrm.local import binaries, disk
from leadcrm.local.errors import LocalError
from leadcrm.local.processes import bound_to_parent

ADMINISTRATOR = "postgres"
SOCKET_PREFIX = "leadcrm-"
START_SECONDS = 120  # a crash during an import of a million rows leaves minutes of log to replay
STOP_SECONDS = 30
LONGEST_SOCKET_FOLDER = 80  # the kernel allows 107 bytes for the path of a socket

ALWAYS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_connections": "100",
    # One server without replicas writes far less log during COPY.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    # After a checkpoint every page is logged whole once more, which an import into thirty indexes feels.
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    # Pages are short queries: compiling them costs more than running them.
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
THROWAWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "128MB",
    # Tests truncate tables: autovacuum would hold their locks for a second now and then.
    "autovacuum": "off",
}


def shared_megabytes() -> int:
    """Return how much memory the server keeps pages in: a quarter of the machine's, at most 1 GB."""
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):  # a system that does not tell
        return 256
    return max(128, min(1024, memory // 4 // 1_000_000))


class Cluster:
    """A PostgreSQL server whose files are in ``folder``; ``throwaway`` trades safety for speed."""

    def __init__(self, folder: Path, *, throwaway: bool = False, identity: binaries.Identity | None = None) -> None:
        self.folder = folder = folder.resolve()
        self.data = folder / "postgres"
        self.log = folder / "postgres.log"
        self._socket_note = folder / "postgres.socket"  # so that the next start can remove what a kill left
        self.throwaway = throwaway
        self.binaries = binaries.find_binaries()
        self.identity = identity or binaries.find_identity()
        self.socket_folder: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._wanted = False

    # --- connecting ---------------------------------------------------------------------------

    def url(self, role: str, database: str) -> str:
        if self.socket_folder is None:
            raise LocalError("The database is not running.")
        return f"postgres://{role}@/{database}?host={quote(str(self.socket_folder), safe='/')}"

    @property
    def admin_url(self) -> str:
        return self.url(ADMINISTRATOR, "postgres")

    # --- life ---------------------------------------------------------------------------------

    def start(self) -> None:
        """Make the cluster when there is none, recover what a kill left behind, and wait until it answers.

        Raises: LocalError.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self._check_access()
        with self._disk_full_is_a_sentence():
            if not (self.data / "PG_VERSION").exists():
                self._initialise()
            self._check_version()
            self._clear_leftovers()
            if self.socket_folder is None:
                self.socket_folder = self._make_socket_folder()
            try:
                self._launch()
            except LocalError:
                # A server that was wanted before keeps its place, so that the next try is found there.
                self._end() if self._wanted else self.stop()
                raise
        self._wanted = True

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def keep_running(self) -> bool:
        """Start the server again when it died by itself; tell whether that was necessary.

        Raises: LocalError; the next call tries again.
        """
        if not self._wanted or self.is_running():
            return False
        self.start()
        return True

    def stop(self) -> None:
        """End all sessions, write everything down, remove the socket folder."""
        self._wanted = False
        self._end()
        if self.socket_folder is not None:
            shutil.rmtree(self.socket_folder, ignore_errors=True)
            self.socket_folder = None
            self._socket_note.unlink(missing_ok=True)

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGQUIT if self.throwaway else signal.SIGINT)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            # SIGQUIT loses nothing: the next start replays the log.
            process.send_signal(signal.SIGQUIT)
            process.wait(STOP_SECONDS)

    def __enter__(self) -> "Cluster":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # --- parts of a start ---------------------------------------------------------------------

    def _check_access(self) -> None:
        if not self.data.exists():
            return
        owner = self.data.stat().st_uid
        if owner == self.identity.owner:
            return
        if os.geteuid() == 0 and not binaries.is_person(owner):
            # Made by root in the other of its two ways; both are ours.
            _give(self.data, self.identity)
            return
        raise LocalError(
            f"The database in {self.folder} belongs to {binaries.user_name(owner)}: start it as that user, "
            "or remove it with `make demo-reset` as that user."
        )

    def _check_version(self) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        if made_by != str(self.binaries.major):
            raise LocalError(
                f"The database in {self.folder} was made by PostgreSQL {made_by}, but the one found is "
                f"{self.binaries.major}: name the programs of {made_by} in PG_BIN, or start afresh with "
                "`make demo-reset`."
            )

    def _initialise(self) -> None:
        # Built aside and renamed, so that an interrupted start leaves no half-made database behind.
        making = self.folder / "postgres.making"
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(mode=0o700)
        _give(making, self.identity)
        # The built-in provider sorts the same on every system; older servers take it from the C library.
        provider = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if self.binaries.major >= 17 else []
        result = self._run(
            *("initdb", "--pgdata", str(making), "--username", ADMINISTRATOR),
            *("--auth-local=trust", "--auth-host=reject", "--encoding=UTF8", *provider),
            # Trigram search asks the C library what a letter is, whatever the provider.
            f"--locale={_utf8_locale()}",
            *(["--no-sync"] if self.throwaway else []),
        )
        if result.returncode != 0:
            shutil.rmtree(making, ignore_errors=True)
            raise self._start_failure("PostgreSQL could not make a database", result.stderr)
        making.rename(self.data)

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            bound_to_parent([self.binaries.program(program), *arguments], user=self.identity.wrapper),
            capture_output=True,
            text=True,
            errors="replace",
            cwd="/",
            env=_environment(),
            check=False,
        )

    def _clear_leftovers(self) -> None:
        """End the processes that a killed launcher left on this folder, and remove what they cannot remove."""
        if not Path("/proc/self").exists():
            # Nobody can be looked for here, so the server's own tool ends what runs and the server judges its lock.
            self._run("pg_ctl", "--pgdata", str(self.data), "--mode=fast", "--wait", "stop")
            return
        deadline = time.monotonic() + STOP_SECONDS
        while left := list(_processes_in(self.data)):
            for pid in left:
                late = time.monotonic() > deadline - STOP_SECONDS / 2
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL if late else signal.SIGINT)
            if time.monotonic() > deadline:
                raise LocalError(f"A PostgreSQL from an earlier start (process {left[0]}) does not end: end it first.")
            time.sleep(0.1)
        # Nobody works in the folder any more, so a lock file names a number that another program has by now.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        if self._socket_note.exists():
            left_folder = Path(self._socket_note.read_text().strip())
            if left_folder != self.socket_folder and left_folder.name.startswith(SOCKET_PREFIX):
                shutil.rmtree(left_folder, ignore_errors=True)

    def _make_socket_folder(self) -> Path:
        parent = tempfile.gettempdir()
        folder = Path(
            tempfile.mkdtemp(prefix=SOCKET_PREFIX, dir=parent if len(parent) < LONGEST_SOCKET_FOLDER else "/tmp")  # noqa: S108 — mkdtemp makes it private
        )
        _give(folder, self.identity)
        self._socket_note.write_text(str(folder))
        return folder

    def _launch(self) -> None:
        if self.log.exists() and self.log.stat().st_size > 5_000_000:
            self.log.replace(self.log.with_suffix(".log.1"))
        values = {
            **ALWAYS,
            "shared_buffers": f"{shared_megabytes()}MB",
            **(THROWAWAY if self.throwaway else {}),
            "unix_socket_directories": str(self.socket_folder),
        }
        if disk.free_bytes(Path("/dev/shm")) < 512_000_000:  # noqa: S108 — only its size is read
            # Containers often give 64 MB, which one parallel query can fill.
            values["dynamic_shared_memory_type"] = "mmap"
        settings = [part for name, value in values.items() for part in ("-c", f"{name}={value}")]
        command = [self.binaries.program("postgres"), "-D", str(self.data), *settings]
        began = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                bound_to_parent(command, signal_name="SIGINT", user=self.identity.wrapper),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=_environment(),
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg.connect(self.admin_url, connect_timeout=5).close()
            except psycopg.OperationalError as error:
                said = self.log.read_bytes()[began:].decode(errors="replace")
                if self._process.poll() is not None:
                    raise self._start_failure("PostgreSQL did not start", said) from error
                if time.monotonic() > deadline:
                    raise self._start_failure(f"PostgreSQL did not answer in {START_SECONDS} s", said) from error
                time.sleep(0.03)
            else:
                return

    # --- sentences ----------------------------------------------------------------------------

    def _start_failure(self, what: str, said: str) -> LocalError:
        if os.strerror(errno.ENOSPC) in said:
            return LocalError(f"The disk that holds {self.folder} is full: free some space and start again.")
        telling = [line for line in said.splitlines() if any(w in line for w in ("FATAL", "PANIC", "error:", "Cannot"))]
        reason = (telling or said.strip().splitlines() or ["it gave no reason"])[0]
        # The log is for later; here the time and the number of the process only hide the reason.
        reason = reason.partition("FATAL:")[2].strip() or reason.strip()
        return LocalError(f"{what}: {reason} (the whole log is in {self.log}).")

    @contextlib.contextmanager
    def _disk_full_is_a_sentence(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise self._start_failure("", os.strerror(errno.ENOSPC)) from error
            if isinstance(error, PermissionError):
                raise LocalError(
                    f"{error.filename} cannot be used: {error.strerror}. Does it belong to another user?"
                ) from error
            raise


def _environment() -> dict[str, str]:
    # Any PG* variable of the person's own would change what these programs do.
    return {**{k: v for k, v in os.environ.items() if not k.startswith("PG")}, "LC_ALL": "C"}


def _utf8_locale() -> str:
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        for name in ("C.UTF-8", "en_US.UTF-8", "UTF-8"):
            with contextlib.suppress(locale.Error):
                return locale.setlocale(locale.LC_CTYPE, name)
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    return "C"


def _give(folder: Path, identity: binaries.Identity) -> None:
    if os.geteuid() != 0:
        return
    for parent, _folders, files in os.walk(folder):
        for name in (".", *files):
            os.chown(Path(parent) / name, identity.owner, identity.group, follow_symlinks=False)


def _processes_in(folder: Path) -> Iterator[int]:
    # Every process of a server works inside its data folder; without /proc the server's own lock file decides.
    wanted = folder.resolve()
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (entry / "cwd").readlink() == wanted:
                yield int(entry.name)
