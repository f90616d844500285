"""Split text into rows with bounded memory, and get back on the track after a broken row.

The csv module does the work at C speed. What it lacks is kept around it: a limit on the length of a row, whatever the
file does; and a quotation mark that is never closed costs its own row, not the thousand rows behind it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import Any, TextIO

from leads.importing.layout import MAX_CELL_CHARACTERS, MAX_ROW_CHARACTERS, Quoting
from leads.importing.problems import RowProblem

NumberedRow = tuple[int, list[str] | RowProblem]

# Bytes that the encoding has no character for arrive as lone surrogates.
_UNDECODABLE = re.compile(r"[\ud800-\udfff]")
_TEXT_KEPT = 2_000


class _RowTooLong(Exception):
    """The row being read is beyond the limit; ``lost`` when the line at its end was dropped for the same reason."""

    def __init__(self, *, lost: str) -> None:
        super().__init__()
        self.lost = lost


def csv_format(delimiter: str, quoting: Quoting) -> dict[str, Any]:
    """Return the arguments that make the csv module read this layout, refusing what is not well-formed."""
    if quoting is Quoting.NONE:
        return {"delimiter": delimiter, "quoting": csv.QUOTE_NONE, "strict": True}
    if quoting is Quoting.BACKSLASH:
        return {"delimiter": delimiter, "escapechar": "\\", "doublequote": False, "strict": True}
    return {"delimiter": delimiter, "strict": True}


class RecordReader:
    """Iterate over ``(row number, cells or problem)`` of an open text file.

    Rows are numbered from 1 as a spreadsheet numbers them: a cell with line breaks does not make two rows, and blank
    rows count, though they are not returned. With ``width`` None any number of cells is right.
    """

    def __init__(
        self,
        text: TextIO,
        *,
        delimiter: str,
        quoting: Quoting = Quoting.DOUBLED,
        width: int | None = None,
        pad_short_rows: bool = False,
        first_row: int = 1,
        row_limit: int = MAX_ROW_CHARACTERS,
    ) -> None:
        self._readline = text.readline
        self._delimiter = delimiter
        self._format = csv_format(delimiter, quoting)
        self._width = width
        self._pad_short_rows = pad_short_rows
        self._first_row = first_row
        self._row_limit = row_limit
        # Lines of the row being read: needed again when it turns out not to be one row.
        self._pending: list[str] = []
        self._pushed_back = ""
        self._damaged = False
        self._quoted_cell = re.compile(rf'"((?:[^"]|"(?!{re.escape(delimiter)}|$))*)"(?:{re.escape(delimiter)}|$)')

    def _lines(self) -> Iterator[str]:
        limit, pending, readline = self._row_limit, self._pending, self._readline
        size = 0
        if self._pushed_back:
            line, self._pushed_back = self._pushed_back, ""
            pending.append(line)
            self._damaged = _UNDECODABLE.search(line) is not None
            size = len(line)
            yield line
        while line := readline(limit):
            if len(line) >= limit and line[-1] not in "\r\n":
                self._skip_line()
                raise _RowTooLong(lost=line)
            if pending:
                size += len(line)
                pending.append(line)
                if size > limit:
                    raise _RowTooLong(lost="")
            else:
                size = len(line)
                pending.append(line)
            if not line.isascii() and _UNDECODABLE.search(line):
                self._damaged = True
            yield line

    def _skip_line(self) -> None:
        while (piece := self._readline(self._row_limit)) and piece[-1] not in "\r\n":
            pass

    def __iter__(self) -> Iterator[NumberedRow]:
        number = 0
        width, pending, first_row = self._width, self._pending, self._first_row
        at_end = False
        while not at_end:
            try:
                for cells in csv.reader(self._lines(), **self._format):
                    number += 1
                    if number < first_row:
                        self._forget()
                        continue
                    if (
                        len(cells) == width
                        and not self._damaged
                        and len(pending) == 1
                        and cells[0]
                        and not cells[0].isspace()
                    ):
                        pending.clear()
                        yield number, cells
                        continue
                    number -= 1
                    for row in self._unusual(cells):
                        number += 1
                        if row is not None:
                            yield number, row
                    self._forget()
                at_end = True
            except csv.Error as error:
                rows = self._after_error(str(error))
            except _RowTooLong as problem:
                rows = self._after_overflow(problem.lost)
            if not at_end:
                self._forget()
                for row in rows:
                    number += 1
                    if row is not None and number >= first_row:
                        yield number, row

    def _forget(self) -> None:
        self._pending.clear()
        self._damaged = False

    # The functions below see only rows with something odd about them; they return what became of each row,
    # None for a blank one.

    def _unusual(self, cells: list[str]) -> list[list[str] | RowProblem | None]:
        if self._damaged:
            return [
                self._problem(
                    "undecodable",
                    "This row holds characters that do not belong to the encoding of the file; they show as \ufffd.",
                )
            ]
        if not "".join(cells).strip(" \t\r\n\x1a\ufeff\xa0"):
            return [None]
        if len(self._pending) > 1 and self._is_runaway(cells):
            return self._recover()
        return [self._fit(cells)]

    def _fit(self, cells: list[str]) -> list[str] | RowProblem:
        width = self._width
        if width is None or len(cells) == width:
            return cells
        if len(cells) > width:
            if not any(cell.strip() for cell in cells[width:]):
                return cells[:width]
            return self._problem(
                "too_many_cells",
                f"This row has {len(cells)} cells where the file has {width} columns. A text that contains the "
                "separator must stand in quotation marks.",
            )
        if self._pad_short_rows:
            return cells + [""] * (width - len(cells))
        if not "".join(cells).strip("\0"):
            return self._problem("damaged", "The file is damaged here: this row holds only NUL characters.")
        return self._problem(
            "too_few_cells", f"This row has {len(cells)} {_cells(len(cells))} where the file has {width} columns."
        )

    def _is_runaway(self, cells: list[str]) -> bool:
        """Say whether a row over several lines is really several rows, joined by a quotation mark left open."""
        width = self._width
        # A row of the right width is well-formed: what opened was closed before a separator, as only writers do.
        if width is None or width < 2 or len(cells) == width:
            return False
        return self._are_rows(self._pending[1:])

    def _are_rows(self, lines: list[str]) -> bool:
        """Say whether at least half of the lines are whole rows by themselves; a sample of them decides."""
        sample = lines[:200]
        whole = sum(isinstance(self._parse_line(line), list) for line in sample)
        return whole * 2 >= len(sample)

    def _recover(self) -> list[list[str] | RowProblem | None]:
        """Refuse the line that opened the quotation and read the lines it swallowed one by one."""
        first, *rest = self._pending
        rows: list[list[str] | RowProblem | None] = [self._open_quote(first)]
        if rest and self._parse_line(rest[-1]) is None:
            # Its own quotation mark may rightly continue on the next line.
            self._pushed_back = rest.pop()
        for line in rest:
            if not line.strip():
                rows.append(None)
                continue
            parsed = self._parse_line(line)
            rows.append(self._open_quote(line) if parsed is None else parsed)
        return rows

    def _parse_line(self, line: str) -> list[str] | RowProblem | None:
        """Read one line as one row; None when a quotation is still open at its end."""
        try:
            cells = next(csv.reader([line], **self._format), [])
        except csv.Error as error:
            if "unexpected end" in str(error):
                return None
            cells = self._split_leniently(line)
        if _UNDECODABLE.search(line):
            return self._problem("undecodable", "This row holds characters that do not belong to the encoding.", line)
        return self._fit(cells)

    def _split_leniently(self, line: str) -> list[str]:
        """Split a line whose cells hold bare quotation marks: one that no separator follows is part of the text."""
        line = line.rstrip("\r\n")
        cells: list[str] = []
        position, may_be_quoted = 0, True
        while position <= len(line):
            found = (
                self._quoted_cell.match(line, position)
                if may_be_quoted and line[position : position + 1] == '"'
                else None
            )
            if found:
                cells.append(found[1].replace('""', '"'))
                if found.end() == len(line) and not found[0].endswith(self._delimiter):
                    return cells
                position = found.end()
            else:
                # Where one quotation is never closed, no later one is: searching again would take quadratic time.
                may_be_quoted = may_be_quoted and line[position : position + 1] != '"'
                end = line.find(self._delimiter, position)
                end = len(line) if end < 0 else end
                cells.append(line[position:end])
                position = end + 1
        return cells

    def _after_error(self, error: str) -> list[list[str] | RowProblem | None]:
        if len(self._pending) > 1 and self._are_rows(self._pending[1:]):
            return self._recover()
        if "field limit" in error:
            return [
                self._problem("cell_too_long", f"A cell of this row is longer than {MAX_CELL_CHARACTERS:,} characters.")
            ]
        line = "".join(self._pending)
        if "unexpected end" in error:
            return [self._open_quote(line)]
        cells = self._split_leniently(line) if len(self._pending) == 1 else []
        if self._damaged or self._width is None or len(cells) == self._width:
            return self._unusual(cells)
        return [
            self._problem(
                "bad_quotes",
                "A quotation mark stands inside a cell of this row. Write it twice, and the cell in quotation marks.",
            )
        ]

    def _after_overflow(self, lost: str) -> list[list[str] | RowProblem | None]:
        rows: list[list[str] | RowProblem | None] = []
        if len(self._pending) > 1 and self._are_rows(self._pending[1:]):
            rows = self._recover()
        elif self._pending:
            rows = [self._too_long("".join(self._pending[:10]))]
        if lost:
            rows.append(self._too_long(lost))
        return rows

    def _too_long(self, text: str) -> RowProblem:
        return self._problem("row_too_long", f"This row is longer than {self._row_limit:,} characters.", text)

    def _open_quote(self, text: str) -> RowProblem:
        return self._problem("open_quote", "A quotation mark opens in this row and is never closed.", text)

    def _problem(self, code: str, message: str, text: str | None = None) -> RowProblem:
        shown = "".join(self._pending[:50]) if text is None else text
        return RowProblem(
            code, message, _UNDECODABLE.sub("\ufffd", shown[:_TEXT_KEPT]).replace("\0", "").rstrip("\r\n")
        )


def _cells(count: int) -> str:
    return "cell" if count == 1 else "cells"
