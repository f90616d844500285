import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from leadcrm.local import disk
from leadcrm.local.errors import LocalError
from leadcrm.local.state import StateFolder
from leadcrm.settings.env import BASE_DIR

HOLDER = """
import signal, sys
from pathlib import Path
from leadcrm.local.state import StateFolder
state = StateFolder(Path(sys.argv[1]))
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
with state.lock():
    state.announce("http://localhost:8000")
    print("held", flush=True)
    signal.pause()
"""


@pytest.fixture
def state(tmp_path: Path) -> StateFolder:
    folder = StateFolder(tmp_path / "state")
    folder.prepare()
    return folder


def hold(state: StateFolder) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(state.path)], cwd=BASE_DIR, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_second_launcher_is_told_about_the_first(state: StateFolder):
    with hold(state) as first:
        with pytest.raises(LocalError, match=rf"already running .* at http://localhost:8000 \(process {first.pid}\)"):
            state.lock().__enter__()
        first.send_signal(signal.SIGTERM)


def test_lock_of_a_killed_launcher_is_free(state: StateFolder):
    with hold(state) as first:
        first.kill()
        first.wait()
        assert state.running() is None
        with state.lock():
            pass


def test_reset_stops_the_launcher_and_empties_the_folder(state: StateFolder):
    (state.path / "postgres").mkdir()
    (state.path / "postgres" / "PG_VERSION").touch()
    with hold(state) as first:
        holder = state.stop_running()
        assert holder is not None
        assert holder.pid == first.pid
    state.empty()
    assert list(state.path.iterdir()) == []


def test_folder_of_somebody_else_is_never_emptied(tmp_path: Path):
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(LocalError, match="was not made by leadcrm"):
        StateFolder(tmp_path).empty()
    assert (tmp_path / "thesis.txt").exists()


def test_secrets_stay_the_same_and_are_private(state: StateFolder):
    first = state.secret("key")
    assert len(first) >= 40
    assert StateFolder(state.path).secret("key") == first
    assert state.secret("other") != first
    assert (state.path / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(LocalError, match=r"cannot be used: Not a directory\."):
        StateFolder(tmp_path / "file" / "state").prepare()


def test_full_disk_stops_the_start_with_one_sentence(tmp_path: Path):
    disk.check_room(tmp_path / "not" / "there" / "yet", needed_bytes=1)
    needed = os.statvfs(tmp_path).f_blocks * os.statvfs(tmp_path).f_frsize + 1
    with pytest.raises(LocalError, match=r"Only \d+ MB are free where .* free some space and start again\.$"):
        disk.check_room(tmp_path, needed_bytes=needed)
