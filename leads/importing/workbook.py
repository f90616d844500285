"""XLSX workbooks: their sheets, and one of them as the CSV file that the import then reads.

All work on the workbook happens in ``workbook_child``, a process with little memory, little time and no way to write
more than its result.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from leads.importing.layout import LayoutChoice, Quoting
from leads.importing.problems import FileProblem

_CHILD = Path(__file__).with_name("workbook_child.py")
# calamine holds a sheet whole: 1,000,000 rows of 12 columns take 1.1 GB.
MEMORY_BYTES = 2 << 30
SECONDS = 300
OUTPUT_BYTES = 4 << 30
_HEARTBEAT_SECONDS = 1.0

# What the conversion writes, so that its preview need not guess.
CANONICAL_LAYOUT = LayoutChoice(encoding="utf-8", delimiter=",", quoting=Quoting.DOUBLED, pad_short_rows=True)


@dataclass(frozen=True, slots=True)
class SheetInfo:
    name: str
    is_visible: bool


@dataclass(frozen=True, slots=True)
class ConvertedSheet:
    """How many rows with content were written, and how many columns the widest of them has."""

    rows: int
    columns: int


@dataclass(frozen=True, slots=True)
class Limits:
    """What the reading process may use; its time counts as processor time and, doubled, on the clock."""

    memory_bytes: int = MEMORY_BYTES
    seconds: int = SECONDS
    output_bytes: int = OUTPUT_BYTES


def list_sheets(path: Path, *, limits: Limits | None = None) -> tuple[SheetInfo, ...]:
    """Return the sheets of a workbook in their order, hidden ones marked.

    Raises: FileProblem.
    """
    found = _run(["sheets", str(path)], limits or Limits(seconds=60), None)
    if not isinstance(found, list) or not found:
        raise FileProblem("The workbook holds no sheet with cells.", code="empty_file")
    return tuple(SheetInfo(sheet["name"], sheet["is_visible"]) for sheet in found)


def convert_sheet(
    path: Path,
    sheet: str,
    target: Path,
    *,
    limits: Limits | None = None,
    heartbeat: Callable[[], None] | None = None,
) -> ConvertedSheet:
    """Write a sheet as CSV in UTF-8, to be previewed with ``CANONICAL_LAYOUT``; rows keep their numbers.

    ``heartbeat`` is called about once a second and may raise to stop the conversion.

    Raises: FileProblem.
    Side effects: writes ``target``, and removes it again when the conversion fails.
    """
    try:
        found = _run(["convert", str(path), sheet, str(target)], limits or Limits(), heartbeat)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    if not isinstance(found, dict):
        raise _damaged()
    return ConvertedSheet(found["rows"], found["columns"])


def _run(arguments: list[str], limits: Limits, heartbeat: Callable[[], None] | None) -> object:
    numbers = [str(limits.memory_bytes), str(limits.seconds), str(limits.output_bytes)]
    process = subprocess.Popen(
        [sys.executable, "-I", str(_CHILD), *numbers, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        # Nothing of our environment, with its passwords, is any business of a stranger's workbook.
        env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"},
    )
    deadline = time.monotonic() + limits.seconds * 2
    try:
        while True:
            try:
                output, _ = process.communicate(timeout=_HEARTBEAT_SECONDS)
                break
            except subprocess.TimeoutExpired:
                if time.monotonic() > deadline:
                    raise _too_large() from None
                if heartbeat is not None:
                    heartbeat()
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
    return _answer(output, process.returncode)


def _answer(output: bytes, code: int) -> object:
    try:
        answer = json.loads(output)
    except ValueError:
        # Killed by a limit, or by running out of memory where only an abort is left.
        raise (_too_large() if code else _damaged()) from None
    if "ok" in answer:
        found: object = answer["ok"]
        return found
    if answer["code"] == "workbook_too_large":
        raise _too_large()
    if answer["code"] == "write_failed":
        raise FileProblem(f"The workbook could not be written out: {answer['error']}.", code="write_failed")
    raise FileProblem(answer["error"], code=answer["code"])


def _too_large() -> FileProblem:
    return FileProblem(
        "The workbook is too large to be opened safely. Save the sheet as .csv and upload that.",
        code="workbook_too_large",
    )


def _damaged() -> FileProblem:
    return FileProblem("The workbook is damaged and cannot be read.", code="damaged_workbook")
