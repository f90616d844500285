"""Open an uploaded text table: look at its beginning, then stream its rows in flat memory.

Detection looks at a bounded part of the file and everything it guesses can be chosen otherwise. Reading trusts
nothing that was guessed: a row that does not fit comes back as a problem of that row.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Generator
from typing import BinaryIO

from leads.importing import encodings, headers
from leads.importing.delimiters import Dialect, detect_dialect, separator_hint
from leads.importing.encodings import FileKind, detect_kind
from leads.importing.layout import (
    MAX_COLUMNS,
    MAX_ROW_CHARACTERS,
    SAMPLE_ROWS,
    FileLayout,
    FileShape,
    LayoutChoice,
    Quoting,
)
from leads.importing.problems import FileProblem, Notice, RowProblem
from leads.importing.records import NumberedRow, RecordReader
from leads.importing.values.text import storable

__all__ = ["FileKind", "FileLayout", "FileShape", "LayoutChoice", "Quoting", "detect_kind", "preview", "read_rows"]

SAMPLE_CHARACTERS = 1 << 20
COUNTED_BYTES = 256 << 20
# A cell of the preview is looked at by people and by the suggestion of columns; neither needs a whole essay.
SAMPLE_CELL_CHARACTERS = 1_000
# Enough for the sample, a long introduction above the header, and a few broken rows.
_LOOKED_AT = SAMPLE_ROWS + 50
_HELD_CHARACTERS = 8 << 20


_READABLE = {
    codecs.lookup(name).name
    for name in (
        *dict(encodings.ENCODINGS),
        "utf-8-sig",
        "utf-16-le",
        "utf-16-be",
        "utf-32",
        "utf-32-le",
        "utf-32-be",
        "ascii",
        "shift_jis",
        "euc_kr",
        "gbk",
        "gb2312",
        "iso2022_jp",
        "cp437",
    )
}


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "\udcff", error.end


# surrogateescape cannot stand for bytes below 0x80, which are halves of characters in these encodings.
codecs.register_error("leadcrm.mark", _mark)


def _open_text(file: BinaryIO, encoding: str) -> io.TextIOWrapper:
    """Decode ``file`` from its beginning; what cannot be decoded becomes lone surrogates for the rows to find."""
    file.seek(0)
    if encoding == "utf-8" and file.read(3) != codecs.BOM_UTF8:
        file.seek(0)
    if encoding in {"utf-16", "utf-32"}:
        # Without their mark these two raise instead of reading; little-endian is what nearly every program writes.
        mark = file.read(4)
        file.seek(0)
        if not mark.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)):
            encoding += "-le"
    errors = "surrogateescape" if encoding in {"utf-8", "latin-1", "cp1252"} else "leadcrm.mark"
    buffered: BinaryIO = file if hasattr(file, "read1") else io.BufferedReader(file)  # type: ignore[type-var]
    text = io.TextIOWrapper(buffered, encoding=encoding, errors=errors, newline="")
    # Larger pieces halve the cost of a line; the attribute is CPython's and harmless elsewhere.
    text._CHUNK_SIZE = 1 << 16  # type: ignore[attr-defined]
    return text


def _decode_head(file: BinaryIO, encoding: str) -> str:
    text = _open_text(file, encoding)
    try:
        sample = text.read(SAMPLE_CHARACTERS)
    finally:
        text.detach()
    if len(sample) == SAMPLE_CHARACTERS and (end := sample.rfind("\n")) > 0:
        sample = sample[: end + 1]
    return sample


def _look(file: BinaryIO, encoding: str, dialect: Dialect) -> list[NumberedRow]:
    text = _open_text(file, encoding)
    try:
        reader = RecordReader(text, delimiter=dialect.delimiter, quoting=dialect.quoting)
        rows: list[NumberedRow] = []
        held = 0
        for row in reader:
            rows.append(row)
            held += sum(map(len, row[1])) if isinstance(row[1], list) else 0
            if len(rows) >= _LOOKED_AT or held > _HELD_CHARACTERS:
                break
        return rows
    finally:
        text.detach()


def preview(file: BinaryIO, *, choice: LayoutChoice | None = None) -> FileShape:
    """Look at a text table: its layout, its headers, its first rows, and what its owner should know.

    ``file`` is open for reading bytes and can seek; it stays open.

    Raises: FileProblem when it is no table, is empty, or is wider than can be imported.
    """
    choice = choice or LayoutChoice()
    if detect_kind(file) is FileKind.WORKBOOK:
        raise FileProblem("This file is a zip archive or a workbook, not a text file.", code="workbook")
    notices: list[Notice] = []
    if choice.encoding:
        encoding = _checked_encoding(choice.encoding)
    else:
        guess = encodings.detect_encoding(file)
        encoding = guess.encoding
        notices.extend(guess.notices)
    sample = _decode_head(file, encoding)
    if not sample.strip("\ufeff\0 \t\r\n,;|"):
        raise FileProblem("The file is empty: it holds no text.", code="empty_file")
    dialect = detect_dialect(sample, delimiter=_checked_delimiter(choice.delimiter))
    if choice.quoting:
        dialect = Dialect(dialect.delimiter, choice.quoting)
    rows = _look(file, encoding, dialect)
    if separator_hint(sample):
        rows = [row for row in rows if row[0] != 1]
    return _shape(file, choice, encoding, dialect, rows, notices)


def _shape(
    file: BinaryIO,
    choice: LayoutChoice,
    encoding: str,
    dialect: Dialect,
    rows: list[NumberedRow],
    notices: list[Notice],
) -> FileShape:
    numbers = [number for number, row in rows if isinstance(row, list)]
    records = [row for _, row in rows if isinstance(row, list)]
    _refuse_unreadable(rows, records)
    width = headers.usual_width(records)
    header_row, header_index = choice.header_row, None
    if header_row is None:
        header_index = headers.find_header(records, width)
        header_row = 0 if header_index is None else numbers[header_index]
    elif header_row:
        if header_row not in numbers:
            raise FileProblem(
                f"Row {header_row} cannot be the header: it is empty or unreadable.", code="bad_header_row"
            )
        header_index = numbers.index(header_row)
    # The header decides on the width, because every row is read under it; without one, most rows do.
    if header_index is not None:
        width = len(_without_empty_end(records[header_index], records[header_index + 1 :]))
    if width > MAX_COLUMNS:
        raise FileProblem(
            f"The file has {width:,} columns; at most {MAX_COLUMNS:,} can be imported. "
            "Delete the columns that are not needed.",
            code="too_many_columns",
        )
    if header_index is not None:
        names, changed = headers.unique_headers(_fitted(records[header_index], width))
        notices.extend(changed)
        first_row = header_row + 1
    else:
        names = tuple(f"Column {number}" for number in range(1, width + 1))
        first_row = next((number for number, row in zip(numbers, records, strict=True) if len(row) == width), 1)
        notices.append(Notice("no_header", "No row with column names was found; the columns are numbered."))
    notices.extend(_notice_skipped(rows, header_row or first_row))
    layout = FileLayout(
        encoding, dialect.delimiter, dialect.quoting, header_row, first_row, width, choice.pad_short_rows
    )
    body = [row for number, row in zip(numbers, records, strict=True) if number >= first_row]
    fitting = [row for row in body if _fits(row, layout)]
    if not body and not any(isinstance(row, RowProblem) for number, row in rows if number >= first_row):
        raise FileProblem("The file has a header but no rows below it.", code="no_rows")
    broken = sum(number >= first_row for number, _ in rows) - len(fitting)
    if broken:
        notices.append(
            Notice("ragged_rows", f"{broken} of the first {len(fitting) + broken} rows do not fit the header.")
        )
    last_number = rows[-1][0]
    size = file.seek(0, io.SEEK_END)
    return FileShape(
        layout=layout,
        headers=names,
        sample_rows=tuple(
            tuple(storable(cell[:SAMPLE_CELL_CHARACTERS]) for cell in _fitted(row, width))
            for row in fitting[:SAMPLE_ROWS]
        ),
        row_estimate=_estimate_rows(file, layout, rows, last_number),
        size_bytes=size,
        warnings=tuple(notices),
    )


def _refuse_unreadable(rows: list[NumberedRow], records: list[list[str]]) -> None:
    if records:
        return
    problems = [row for _, row in rows if isinstance(row, RowProblem)]
    if problems:
        raise FileProblem(f"No row of the file can be read. {problems[0].message}", code="unreadable_file")
    raise FileProblem("The file is empty: it holds no rows.", code="empty_file")


def _without_empty_end(header: list[str], body: list[list[str]]) -> list[str]:
    """Drop columns at the end that have neither a name nor a value in any row looked at."""
    end = len(header)
    while end > 1 and not header[end - 1].strip() and not any(row[end - 1].strip() for row in body if len(row) >= end):
        end -= 1
    return header[:end]


def _fitted(row: list[str], width: int) -> list[str]:
    return row[:width] + [""] * (width - len(row))


def _fits(row: list[str], layout: FileLayout) -> bool:
    if len(row) < layout.width:
        return layout.pad_short_rows
    return not any(cell.strip() for cell in row[layout.width :])


def _notice_skipped(rows: list[NumberedRow], until: int) -> list[Notice]:
    skipped = [row for number, row in rows if number < until]
    if not skipped:
        return []
    what = "1 row" if len(skipped) == 1 else f"{len(skipped)} rows"
    return [Notice("skipped_rows", f"{what} above the table {'is' if len(skipped) == 1 else 'are'} left out.")]


def _estimate_rows(file: BinaryIO, layout: FileLayout, rows: list[NumberedRow], last_number: int) -> int:
    """Count the rows of a small file; project from line ends and the rows looked at for a larger one."""
    size = file.seek(0, io.SEEK_END)
    held = sum(sum(map(len, row)) for _, row in rows if isinstance(row, list))
    if len(rows) < _LOOKED_AT and held <= _HELD_CHARACTERS:
        return sum(number >= layout.first_row for number, _ in rows)
    file.seek(0)
    counted = lines = returns = 0
    while counted < COUNTED_BYTES and (piece := file.read(1 << 20)):
        counted += len(piece)
        lines += piece.count(b"\n")
        returns += piece.count(b"\r") if not lines else 0
    lines = (lines or returns) * max(size, 1) // max(counted, 1)
    # Rows over several lines: the sample says how many lines a row takes on average.
    breaks = sum(cell.count("\n") for _, row in rows if isinstance(row, list) for cell in row)
    return max(len(rows), round(lines * last_number / (last_number + breaks)) - layout.first_row + 1)


def read_rows(file: BinaryIO, layout: FileLayout, *, after: int = 0) -> Generator[NumberedRow, None, None]:
    """Yield ``(row number, cells)``, or a RowProblem instead of the cells, for every row that is not blank.

    ``after`` is the number of the last row already dealt with: an interrupted run goes on behind it. The file
    stays open.
    """
    text = _open_text(file, layout.encoding)
    try:
        yield from RecordReader(
            text,
            delimiter=layout.delimiter,
            quoting=layout.quoting,
            width=layout.width,
            pad_short_rows=layout.pad_short_rows,
            first_row=max(layout.first_row, after + 1),
            row_limit=MAX_ROW_CHARACTERS,
        )
    finally:
        text.detach()


def _checked_encoding(name: str) -> str:
    # A list of our own: Python's codecs include ones that unpack archives or evaluate escapes.
    try:
        known = codecs.lookup(name).name in _READABLE
    except LookupError:
        known = False
    if not known:
        raise FileProblem(f"“{name}” is not an encoding that can be read.", code="bad_encoding")
    return name


def _checked_delimiter(delimiter: str | None) -> str | None:
    if delimiter is None:
        return None
    if len(delimiter) != 1 or delimiter in '\r\n"\0 ' or delimiter.isalnum():
        raise FileProblem("The separator must be a single sign such as , ; | or a tab.", code="bad_delimiter")
    return delimiter
