"""Write rows into a CSV file or a workbook, a row at a time, so that memory stays flat."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

import xlsxwriter

from leads.exporting.cells import safe_cell, workbook_cell

# The most rows that a sheet of a workbook can hold, its header included.
SHEET_ROWS = 1_048_576


class TooManyRows(Exception):
    """The rows do not fit into one sheet."""


class RowFile(Protocol):
    def __enter__(self) -> RowFile: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def add(self, rows: Iterable[Sequence[Any]]) -> None: ...


class CSVFile:
    """Comma-separated UTF-8 with a byte order mark, without which Excel takes it for something else."""

    def __init__(self, path: Path, headers: Sequence[str]) -> None:
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow(map(safe_cell, headers))

    def __enter__(self) -> CSVFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, rows: Iterable[Sequence[Any]]) -> None:
        self._writer.writerows([list(map(safe_cell, row)) for row in rows])


class Workbook:
    """One sheet in the format of Excel 2007 and later, written through to the disk."""

    def __init__(self, path: Path, headers: Sequence[str]) -> None:
        # Text stays text: nothing becomes a formula, a link or a number because it looks like one.
        as_it_is = dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False)
        options = {"constant_memory": True, "tmpdir": str(path.parent), **as_it_is}
        self._book = xlsxwriter.Workbook(str(path), options)
        self._sheet = self._book.add_worksheet("Leads")
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        bold = self._book.add_format({"bold": True})
        for at, header in enumerate(headers):
            self._sheet.write_string(0, at, str(workbook_cell(header)), bold)
        self._next = 1

    def __enter__(self) -> Workbook:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._book.close()

    def add(self, rows: Iterable[Sequence[Any]]) -> None:
        """Write rows.

        Raises: TooManyRows.
        """
        text, number, day = self._sheet.write_string, self._sheet.write_number, self._sheet.write_datetime
        for row in rows:
            if self._next >= SHEET_ROWS:
                raise TooManyRows
            for at, value in enumerate(row):
                cell = workbook_cell(value)
                if isinstance(cell, str):
                    if cell:
                        text(self._next, at, cell)
                elif isinstance(cell, bool):
                    self._sheet.write_boolean(self._next, at, cell)
                elif isinstance(cell, (int, float, Decimal)):
                    number(self._next, at, cell)
                elif cell is not None:
                    day(self._next, at, cell, self._day)
            self._next += 1


def open_file(path: Path, headers: Sequence[str], *, is_workbook: bool) -> RowFile:
    """Create the file of an export."""
    return Workbook(path, headers) if is_workbook else CSVFile(path, headers)
