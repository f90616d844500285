import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from leadcrm.settings.env import BASE_DIR

BOOTSTRAP = BASE_DIR / "leadcrm" / "local" / "bootstrap.py"
AS_IF_OLD = (
    "import sys; sys.version_info = (3, 8, 10, 'final', 0); sys.argv[0] = sys.argv[1]; exec(open(sys.argv[1]).read())"
)

# A fresh machine without a network: an empty home, and no package index.
NO_INDEX = {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": "/dev/null"}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a checkout that has only what the bootstrap needs, and requirements that need no network."""
    there = tmp_path / "checkout"
    (there / "leadcrm" / "local").mkdir(parents=True)
    for name in ("bootstrap.py", "install.py"):
        shutil.copy(BOOTSTRAP.with_name(name), there / "leadcrm" / "local" / name)
    (there / "requirements.txt").write_text("")
    (there / "requirements-dev.txt").write_text("-r requirements.txt\n")
    return there


def bootstrap(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(checkout / "leadcrm" / "local" / "bootstrap.py"), *arguments],
        # A fresh machine: an empty home, and no package index.
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(checkout.parent),
            "PIP_NO_INDEX": "1",
            "PIP_CONFIG_FILE": "/dev/null",
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_old_python_is_told_in_one_sentence():
    result = subprocess.run(
        [sys.executable, "-c", AS_IF_OLD, str(BOOTSTRAP)], env={"PATH": ""}, capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.startswith("leadcrm needs Python 3.11 or newer, but ")
    assert " is 3.8: install a newer one, or name it" in result.stderr
    assert result.stderr.count("\n") == 1


def test_newer_python_beside_the_old_one_is_taken(tmp_path: Path):
    newer = tmp_path / "python3.12"
    newer.write_text("#!/bin/sh\necho taken over with $1\n")
    newer.chmod(0o755)
    result = subprocess.run(
        [sys.executable, "-c", AS_IF_OLD, str(BOOTSTRAP)],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.stdout == f"taken over with {BOOTSTRAP}\n"


def test_any_old_python_understands_the_bootstrap():
    # The oldest grammar that the parser knows; nothing here needs a newer one, nor print as a function.
    tree = ast.parse(BOOTSTRAP.read_text(), feature_version=(3, 4))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr | ast.AnnAssign | ast.FunctionDef)]


def test_second_start_installs_nothing_and_needs_no_network(checkout: Path):
    first = bootstrap(checkout)
    assert first.returncode == 0, first.stderr
    assert "Installing requirements.txt" in first.stdout
    # The checkout is importable for every program of the environment.
    python = checkout / ".venv" / "bin" / "python"
    assert str(checkout) in subprocess.check_output([str(python), "-c", "import sys; print(sys.path)"], text=True)

    again = bootstrap(checkout)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")

    # The tests need more than the product, and what they install serves the product as well.
    assert "Installing requirements-dev.txt" in bootstrap(checkout, "--dev").stdout
    assert bootstrap(checkout).stdout == ""

    (checkout / "requirements.txt").write_text("leadcrm-needs-this-and-nobody-has-it==1.0\n")
    refused = bootstrap(checkout)
    assert refused.returncode == 1
    assert refused.stderr.startswith("The requirements could not be installed: No matching distribution found for")
    assert refused.stderr.count("\n") == 1

    # A failed installation is tried again, and a changed mind needs no network either.
    (checkout / "requirements.txt").write_text("")
    assert "Installing requirements.txt" in bootstrap(checkout).stdout
