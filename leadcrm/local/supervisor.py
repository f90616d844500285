"""Keeps a set of programs running, shows what they say, and ends them all together."""

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import FrameType
from typing import IO, TextIO

from leadcrm.local.errors import LocalError
from leadcrm.local.processes import bound_to_parent

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 30.0
STEADY_SECONDS = 30.0  # a program that lived this long starts again at once
STARTS_BEFORE_GIVING_UP = 4
COLOURS = (36, 35, 33, 32, 34)


@dataclass(frozen=True)
class Program:
    """One program to keep running."""

    name: str
    command: list[str]
    environment: dict[str, str]
    sockets: tuple[int, ...] = ()  # file descriptors that it inherits
    grace_seconds: float = 6.0
    stops_first: bool = False


@dataclass
class _Child:
    program: Program
    colour: int
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    due_at: float = 0.0
    failures: int = 0
    rest: bytes = field(default=b"")  # an unfinished line


class Supervisor:
    """Runs programs until it is told to stop.

    ``watch`` is called about twice a second; ``wait_until_ready`` runs once in a thread, and ``on_ready`` after it.
    """

    def __init__(
        self,
        programs: list[Program],
        *,
        out: TextIO | None = None,
        watch: Callable[[], None] = lambda: None,
        wait_until_ready: Callable[[], None] = lambda: None,
        on_ready: Callable[[], None] = lambda: None,
    ) -> None:
        self._out = out or sys.stdout
        self._watch, self._wait_until_ready, self._on_ready = watch, wait_until_ready, on_ready
        self._children = [_Child(program, COLOURS[i % len(COLOURS)]) for i, program in enumerate(programs)]
        self._width = max(len(program.name) for program in programs)
        self._coloured = self._out.isatty() and not os.environ.get("NO_COLOR")
        self._selector = selectors.DefaultSelector()
        self._wake_read, self._wake_write = os.pipe()
        self._stops = 0
        self._ready = threading.Event()

    def run(self) -> None:
        """Start everything and return after a stop signal, when everything has ended.

        Must be called in the main thread, which is where signals arrive.

        Raises: LocalError, when a program never gets as far as working.
        """
        with self._signals(), self._wake_pipe():
            try:
                threading.Thread(target=self._await_readiness, daemon=True).start()
                said_ready = False
                while not self._stops:
                    self._start_due()
                    self._listen(0.5)
                    self._reap()
                    self._watch()
                    if self._ready.is_set() and not said_ready:
                        said_ready = True
                        self._on_ready()
            finally:
                self._stop_all()

    # --- starting -----------------------------------------------------------------------------

    def _start_due(self) -> None:
        now = time.monotonic()
        for child in self._children:
            if child.process is None and child.due_at <= now:
                self._start(child)

    def _start(self, child: _Child) -> None:
        child.started_at = time.monotonic()
        child.process = subprocess.Popen(
            bound_to_parent(child.program.command),
            env=child.program.environment,
            pass_fds=child.program.sockets,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # Its own process group: Ctrl+C reaches this process alone, and nothing of a child survives its end.
            start_new_session=True,
        )
        if child.process.stdout is None:
            raise AssertionError("The output of a child is always a pipe.")
        os.set_blocking(child.process.stdout.fileno(), False)
        self._selector.register(child.process.stdout, selectors.EVENT_READ, child)

    def _await_readiness(self) -> None:
        self._wait_until_ready()
        self._ready.set()
        self._wake()

    # --- output -------------------------------------------------------------------------------

    def _listen(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            if isinstance(key.data, _Child):
                self._read(key.data)
            else:
                os.read(self._wake_read, 4096)

    def _read(self, child: _Child) -> None:
        stream = child.process.stdout if child.process else None
        if stream is None or stream.closed:
            return
        try:
            data = os.read(stream.fileno(), 65536)
        except BlockingIOError:
            return
        if not data:
            self._close(stream)
            return
        *lines, child.rest = (child.rest + data).split(b"\n")
        for line in lines:
            self._say(child, line)

    def _close(self, stream: IO[bytes]) -> None:
        if not stream.closed:
            self._selector.unregister(stream)
            stream.close()

    def _say(self, child: _Child, line: bytes | str) -> None:
        text = line if isinstance(line, str) else line.decode(errors="replace").rstrip("\r")
        name = f"{child.program.name:<{self._width}} |"
        prefix = f"\x1b[{child.colour}m{name}\x1b[0m" if self._coloured else name
        # The terminal may be gone by now; the programs still have to be ended in order.
        with contextlib.suppress(OSError, ValueError):
            print(prefix, text, file=self._out, flush=True)

    # --- ends ---------------------------------------------------------------------------------

    def _reap(self) -> None:
        for child in self._children:
            if child.process is None or child.process.poll() is None:
                continue
            code = self._bury(child)
            lived = time.monotonic() - child.started_at
            child.failures = 1 if lived > STEADY_SECONDS else child.failures + 1
            if not self._ready.is_set() and child.failures >= STARTS_BEFORE_GIVING_UP:
                raise LocalError(f"{child.program.name} does not start; what it said is above.")
            wait = min(FIRST_WAIT_SECONDS * 2 ** (child.failures - 1), LONGEST_WAIT_SECONDS)
            child.due_at = time.monotonic() + wait
            self._say(child, f"ended ({_ending(code)}); it starts again in {wait:g} s")

    def _bury(self, child: _Child) -> int:
        """Take in the last words of a child that ended, and end what it started."""
        process = child.process
        if process is None:
            return 0
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        while self._has_more(child):
            self._read(child)
        if process.stdout is not None:
            self._close(process.stdout)
        if child.rest:
            self._say(child, child.rest)
            child.rest = b""
        child.process = None
        return int(process.wait())

    def _has_more(self, child: _Child) -> bool:
        stream = child.process.stdout if child.process else None
        if stream is None or stream.closed:
            return False
        with selectors.DefaultSelector() as one:
            one.register(stream, selectors.EVENT_READ)
            return bool(one.select(0))

    def _stop_all(self) -> None:
        # What takes visitors in ends before what serves them, so that nobody is cut off by an error.
        for first in (True, False):
            self._stop([child for child in self._children if child.program.stops_first is first])

    def _stop(self, children: list[_Child]) -> None:
        began, asked = time.monotonic(), max(self._stops, 1)
        for child in children:
            if child.process is not None:
                child.process.terminate()
        while any(child.process is not None for child in children):
            self._listen(0.1)
            for child in children:
                if child.process is None:
                    continue
                # A second Ctrl+C ends the patience.
                late = time.monotonic() - began > child.program.grace_seconds or self._stops > asked
                if child.process.poll() is None and late:
                    with contextlib.suppress(ProcessLookupError):
                        os.killpg(child.process.pid, signal.SIGKILL)
                    child.process.wait()
                if child.process.poll() is not None:
                    self._bury(child)

    # --- signals ------------------------------------------------------------------------------

    def _on_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stops += 1
        self._wake()

    def _wake(self) -> None:
        with contextlib.suppress(OSError):
            os.write(self._wake_write, b"x")

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        # SIGCHLD needs a handler, even an empty one, to interrupt the wait for output.
        before = {number: signal.signal(number, self._on_stop) for number in STOP_SIGNALS}
        before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: self._wake())
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextlib.contextmanager
    def _wake_pipe(self) -> Iterator[None]:
        os.set_blocking(self._wake_write, False)
        self._selector.register(self._wake_read, selectors.EVENT_READ, None)
        try:
            yield
        finally:
            self._selector.close()
            os.close(self._wake_read)
            os.close(self._wake_write)


def _ending(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
