import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from leadcrm.settings.env import BASE_DIR
from tests.processes import is_alive, wait_until

SUPERVISOR = """
import json, os, sys
from leadcrm.local.errors import LocalError
from leadcrm.local.supervisor import Program, Supervisor
programs = [
    Program(name, [sys.executable, "-u", "-c", code], dict(os.environ), grace_seconds=1)
    for name, code in json.loads(sys.argv[1]).items()
]
try:
    Supervisor(programs, on_ready=lambda: print("READY", flush=True)).run()
except LocalError as error:
    sys.exit(str(error))
"""
# Writes its number, then goes on for longer than any test.
STEADY = "import os, time; print('hello'); open({file!r}, 'a').write(str(os.getpid()) + chr(10)); time.sleep(60)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + STEADY
WITH_GRANDCHILD = (
    "import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
    "open({file!r}, 'a').write(str(child.pid) + chr(10)); child.wait()"
)


def started(file: Path, count: int = 1) -> list[int]:
    wait_until(lambda: file.exists() and len(file.read_text().split()) >= count)
    return [int(pid) for pid in file.read_text().split()]


@contextmanager
def supervised(**programs: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, json.dumps(programs)],
        cwd=BASE_DIR,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def test_killed_program_comes_back_by_itself(tmp_path: Path):
    file = tmp_path / "pids"
    with supervised(worker=STEADY.format(file=str(file))) as supervisor:
        (first,) = started(file)
        os.kill(first, signal.SIGKILL)
        assert started(file, 2)[1] != first
        supervisor.terminate()
        said = supervisor.communicate(timeout=20)[0]
    assert "worker | ended (signal SIGKILL); it starts again in 0.5 s" in said


def test_sigterm_ends_everything_even_what_ignores_it(tmp_path: Path):
    files = {name: tmp_path / name for name in ("steady", "stubborn", "parent")}
    with supervised(
        steady=STEADY.format(file=str(files["steady"])),
        stubborn=STUBBORN.format(file=str(files["stubborn"])),
        parent=WITH_GRANDCHILD.format(file=str(files["parent"])),
    ) as supervisor:
        pids = [pid for file in files.values() for pid in started(file)]
        assert all(is_alive(pid) for pid in pids)
        supervisor.terminate()
        assert supervisor.wait(20) == 0
    assert not any(is_alive(pid) for pid in pids)


def test_what_a_program_started_ends_with_it(tmp_path: Path):
    file = tmp_path / "pids"
    with supervised(parent=WITH_GRANDCHILD.format(file=str(file))) as supervisor:
        (grandchild,) = started(file)
        parent = int(Path(f"/proc/{grandchild}/stat").read_text().rpartition(")")[2].split()[1])
        os.kill(parent, signal.SIGKILL)
        wait_until(lambda: not is_alive(grandchild))
        supervisor.terminate()
        supervisor.wait(20)


def test_programs_end_when_the_supervisor_is_killed(tmp_path: Path):
    file = tmp_path / "pids"
    with supervised(steady=STEADY.format(file=str(file))) as supervisor:
        (pid,) = started(file)
        supervisor.kill()
        wait_until(lambda: not is_alive(pid))


def test_lines_carry_the_name_of_their_program(tmp_path: Path):
    file = tmp_path / "pids"
    wordless = "import sys; sys.stdout.write('no end of line'); sys.stdout.flush();" + STEADY.replace(
        "print('hello'); ", ""
    )
    with supervised(web=STEADY.format(file=str(file)), mailbox=wordless.format(file=str(file))) as supervisor:
        started(file, 2)
        supervisor.terminate()
        said = supervisor.communicate(timeout=20)[0].splitlines()
    assert "web     | hello" in said
    assert "mailbox | no end of line" in said


def test_program_that_never_starts_ends_the_supervisor(tmp_path: Path):
    never_ready = SUPERVISOR.replace("on_ready=", "wait_until_ready=__import__('threading').Event().wait, on_ready=")
    result = subprocess.run(
        [sys.executable, "-c", never_ready, json.dumps({"web": "raise SystemExit('no settings')"})],
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert result.returncode == 1
    assert result.stderr.strip() == "web does not start; what it said is above."
    assert "web | no settings" in result.stdout
