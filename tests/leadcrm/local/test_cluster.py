import os
import pwd
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from leadcrm.local import binaries
from leadcrm.local.cluster import Cluster
from leadcrm.local.errors import LocalError
from leadcrm.local.processes import bound_to_parent
from leadcrm.settings.env import BASE_DIR
from tests.processes import is_alive, processes_in, running_as_root, wait_until

# Root can run PostgreSQL in two ways, everybody else in one.
WAYS = ["", "drop"] if running_as_root() else [""]

LAUNCHER = """
import sys, time
from pathlib import Path
from leadcrm.local.cluster import Cluster
cluster = Cluster(Path(sys.argv[1]), throwaway=True)
cluster.start()
print(cluster._process.pid, cluster.socket_folder, flush=True)
time.sleep(60)
"""


def ask(cluster: Cluster, query: bytes) -> object:
    with psycopg.connect(cluster.admin_url, autocommit=True) as connection:
        row = connection.execute(query).fetchone()
        return row[0] if row else None


@pytest.mark.parametrize("way", WAYS)
def test_new_cluster_starts_and_leaves_nothing_running(tmp_path: Path, way: str):
    cluster = Cluster(tmp_path, throwaway=True, identity=binaries.find_identity(way))
    cluster.start()
    sockets = cluster.socket_folder
    assert sockets is not None
    assert ask(cluster, b"SHOW listen_addresses") == ""
    assert sockets.stat().st_mode & 0o077 == 0
    cluster.stop()
    assert processes_in(cluster.data) == []
    assert not sockets.exists()


def test_data_survives_a_restart(cluster: Cluster):
    lasting = Cluster(cluster.folder)
    with lasting, psycopg.connect(lasting.admin_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    with cluster:
        assert ask(cluster, b"SELECT number FROM kept") == 7


def test_letters_of_every_language_are_letters_for_search(cluster: Cluster):
    with cluster, psycopg.connect(cluster.admin_url, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION pg_trgm")
        assert ask(cluster, "SELECT cardinality(show_trgm('日本'))".encode())


@pytest.mark.parametrize("also_the_server", [False, True], ids=["launcher", "launcher and server"])
def test_next_start_recovers_from_a_kill(cluster: Cluster, also_the_server: bool):
    launcher = subprocess.Popen(
        [sys.executable, "-c", LAUNCHER, str(cluster.folder)], cwd=BASE_DIR, stdout=subprocess.PIPE, text=True
    )
    with launcher:
        assert launcher.stdout is not None
        server, sockets = launcher.stdout.readline().split()
        if also_the_server:
            os.kill(int(server), signal.SIGKILL)
        launcher.kill()
    if not also_the_server:
        wait_until(lambda: not is_alive(int(server)))
    with cluster:
        assert ask(cluster, b"SELECT 1") == 1
        assert not Path(sockets).exists()


def test_server_that_was_left_running_is_ended_and_replaced(cluster: Cluster):
    with Cluster(cluster.folder, throwaway=True) as left:
        pid = processes_in(cluster.data)
        assert pid
        with cluster:
            assert not left.is_running()
            assert ask(cluster, b"SELECT 1") == 1


def test_lock_that_names_another_program_does_not_stop_a_start(cluster: Cluster):
    (cluster.data / "postmaster.pid").write_text(f"{os.getpid()}\n{cluster.data}\n1\n5432\n/nowhere\n\n")
    with cluster:
        assert ask(cluster, b"SELECT 1") == 1


def test_interrupted_first_start_leaves_no_half_made_database(tmp_path: Path):
    (tmp_path / "postgres.making" / "base").mkdir(parents=True)
    with Cluster(tmp_path, throwaway=True) as cluster:
        assert ask(cluster, b"SELECT 1") == 1


def test_server_that_dies_is_started_again_at_the_same_place(cluster: Cluster):
    with cluster:
        url = cluster.admin_url
        assert cluster.keep_running() is False
        server = min(processes_in(cluster.data))
        os.kill(server, signal.SIGKILL)
        wait_until(cluster.keep_running)
        assert cluster.admin_url == url
        assert ask(cluster, b"SELECT 1") == 1


def test_server_that_cannot_come_back_is_tried_again_at_the_same_place(cluster: Cluster):
    with cluster:
        url = cluster.admin_url
        broken = cluster.data / "postgresql.auto.conf"
        broken.write_text("no_such_setting = 1\n")
        os.kill(min(processes_in(cluster.data)), signal.SIGKILL)
        wait_until(lambda: not cluster.is_running())
        with pytest.raises(LocalError):
            cluster.keep_running()
        broken.write_text("")
        assert cluster.keep_running()
        assert cluster.admin_url == url
        assert ask(cluster, b"SELECT 1") == 1


def test_database_of_another_version_is_refused(cluster: Cluster):
    (cluster.data / "PG_VERSION").write_text("14\n")
    with pytest.raises(LocalError, match=r"made by PostgreSQL 14, but the one found is \d+: name the programs"):
        cluster.start()


def test_server_that_does_not_start_says_why(cluster: Cluster):
    (cluster.data / "postgresql.auto.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(LocalError, match=r"did not start: configuration file .* contains errors \(the whole log is in"):
        cluster.start()
    assert processes_in(cluster.data) == []
    assert cluster.socket_folder is None


def test_missing_postgresql_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PG_BIN", str(tmp_path))
    with pytest.raises(LocalError, match="there is no working PostgreSQL"):
        binaries.find_binaries()


def test_named_programs_come_before_the_ones_in_the_requirements(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    there = tmp_path / "bin"
    there.symlink_to(binaries.find_binaries().folder)
    monkeypatch.setenv("PG_BIN", str(there))
    assert binaries.find_binaries().folder == there


def test_full_disk_is_one_sentence(cluster: Cluster):
    # What initdb and postgres say when the disk is full.
    said = 'FATAL:  could not write lock file "postmaster.pid": No space left on device'
    assert "is full: free some space" in str(cluster._start_failure("PostgreSQL did not start", said))


if running_as_root():

    def test_root_takes_over_its_own_database_in_either_way(cluster: Cluster):
        for way in ("drop", "", "drop"):
            cluster.identity = binaries.find_identity(way)
            with cluster:
                assert ask(cluster, b"SELECT 1") == 1

    def test_database_of_another_person_is_refused(cluster: Cluster):
        person = next(entry for entry in pwd.getpwall() if binaries.is_person(entry.pw_uid))
        os.chown(cluster.data, person.pw_uid, person.pw_gid)
        with pytest.raises(LocalError, match=f"belongs to the user '{person.pw_name}'"):
            cluster.start()
        os.chown(cluster.data, 0, 0)

    def test_ordinary_user_runs_a_cluster(tmp_path_factory: pytest.TempPathFactory):
        nobody = pwd.getpwnam("nobody")
        folder = Path("/tmp") / f"leadcrm-ordinary-{os.getpid()}"
        folder.mkdir(mode=0o700)
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        program = (
            "import os, sys; from pathlib import Path; from leadcrm.local.cluster import Cluster\n"
            "with Cluster(Path(sys.argv[1]), throwaway=True) as c: print(os.geteuid(), c.identity.wrapper or 'itself')"
        )
        try:
            result = subprocess.run(
                bound_to_parent(
                    [sys.executable, "-c", program, str(folder)], user=f"drop:{nobody.pw_uid}:{nobody.pw_gid}"
                ),
                cwd=BASE_DIR,
                env={**os.environ, "HOME": str(folder)},
                capture_output=True,
                text=True,
                check=False,
            )
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        assert result.stdout.split() == [str(nobody.pw_uid), "itself"], result.stderr
