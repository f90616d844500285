"""A PostgreSQL cluster that tests may break."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from leadcrm.local.cluster import Cluster


@pytest.fixture(scope="session")
def initialised(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a cluster once, so that each test copies it instead of waiting a second."""
    folder = tmp_path_factory.mktemp("initialised")
    with Cluster(folder, throwaway=True):
        pass
    return folder


@pytest.fixture
def cluster(initialised: Path, tmp_path: Path) -> Iterator[Cluster]:
    """Return a cluster that is not started; whatever a test leaves running is ended."""
    folder = tmp_path / "state"
    shutil.copytree(initialised / "postgres", folder / "postgres")
    (folder / "postgres").chmod(0o700)
    cluster = Cluster(folder, throwaway=True)
    yield cluster
    cluster.stop()
