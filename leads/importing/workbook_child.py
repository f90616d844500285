"""Read a workbook in a process of its own: list its sheets, or write one of them as CSV.

This is a script, run by path with ``python -I``, and imports nothing of leadcrm: a workbook is a program's worth of
nested formats from a stranger, so it is opened where it can take nothing with it. The limits on memory, time and
output are set before the first byte of it is read. The result is one line of JSON on standard output.
"""

import csv
import datetime
import json
import resource
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import python_calamine

MAX_MEMBERS = 5_000
MAX_DIRECTORY_BYTES = 4 << 20
MAX_UNPACKED_BYTES = 4 << 30
# Sheets compress well, about 20 to 1; a bomb compresses 1,000 to 1. Small parts may be as repetitive as they like.
MAX_RATIO = 200
RATIO_MATTERS_FROM = 64 << 20
MAX_COLUMNS = 500
MAX_SHEETS = 200


class RefusedError(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def limit_resources(memory: int, seconds: int, output: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (output, output))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def check_directory(path: str) -> None:
    """Refuse an archive whose own list of contents would be a burden: it is read whole before anything else."""
    with Path(path).open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - 65_557))
        tail = file.read()
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) - end < 22:
        raise RefusedError("damaged_workbook", "The workbook is damaged or was not uploaded completely.")
    members = int.from_bytes(tail[end + 10 : end + 12], "little")
    directory = int.from_bytes(tail[end + 12 : end + 16], "little")
    if members > MAX_MEMBERS or directory > MAX_DIRECTORY_BYTES:
        raise RefusedError("zip_bomb", f"The workbook holds too many parts; at most {MAX_MEMBERS:,} are accepted.")


def check_contents(path: str) -> None:
    """Refuse what is no workbook, and what unpacks to more than a workbook can rightly hold."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError):
        raise RefusedError("damaged_workbook", "The workbook is damaged or was not uploaded completely.") from None
    names = {member.filename for member in members}
    if any(member.flag_bits & 1 for member in members):
        raise RefusedError("encrypted_workbook", "The file is protected with a password. Save a copy without one.")
    if "mimetype" in names and "content.xml" in names:
        raise RefusedError("not_a_workbook", "This is an OpenDocument file. Save it as .xlsx or .csv.")
    if "xl/workbook.bin" in names:
        raise RefusedError("not_a_workbook", "This is a binary workbook (.xlsb). Save it as .xlsx or .csv.")
    if any(name.startswith(("word/", "ppt/")) for name in names):
        raise RefusedError("not_a_workbook", "This is a text document or a presentation, not a workbook.")
    if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
        raise RefusedError("not_a_workbook", "This is a zip archive, not a workbook. Unpack it and upload the table.")
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if unpacked > MAX_UNPACKED_BYTES or (unpacked > RATIO_MATTERS_FROM and unpacked > packed * MAX_RATIO):
        raise RefusedError(
            "zip_bomb", f"The workbook unpacks to {unpacked >> 20:,} MB, which is more than a table needs."
        )


def open_workbook(path: str) -> python_calamine.CalamineWorkbook:
    check_directory(path)
    check_contents(path)
    try:
        return python_calamine.CalamineWorkbook.from_path(path)
    except python_calamine.PasswordError:
        raise RefusedError("encrypted_workbook", "The workbook is protected with a password.") from None
    except (python_calamine.CalamineError, OSError, ValueError):
        raise RefusedError("damaged_workbook", "The workbook is damaged and cannot be read.") from None


def list_sheets(path: str) -> list[dict[str, Any]]:
    workbook = open_workbook(path)
    worksheet = python_calamine.SheetTypeEnum.WorkSheet
    visible = python_calamine.SheetVisibleEnum.Visible
    return [
        {"name": sheet.name, "is_visible": sheet.visible == visible}
        for sheet in workbook.sheets_metadata[:MAX_SHEETS]
        if sheet.typ == worksheet
    ]


def text_of(value: object) -> str:
    """Return what a person sees in the cell: no ``.0`` behind whole numbers, no midnight behind days."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        # Phone numbers and keys are floats in a workbook; 15 digits are all that a float keeps.
        if value.is_integer() and abs(value) < 1e16:
            return str(int(value))
        return repr(value)
    if isinstance(value, datetime.datetime):
        if value.time() == datetime.time():
            return value.date().isoformat()
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, datetime.timedelta):
        minutes, seconds = divmod(int(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    return str(value)


def rows_of(sheet: python_calamine.CalamineSheet) -> Iterator[list[str]]:
    for row in sheet.iter_rows():
        cells = list(map(text_of, row))
        while cells and not cells[-1]:
            cells.pop()
        yield cells


def write_sheet(path: str, name: str, target: str) -> dict[str, Any]:
    workbook = open_workbook(path)
    if name not in workbook.sheet_names:
        raise RefusedError("no_sheet", f"The workbook has no sheet called “{name}”.")
    try:
        sheet = workbook.get_sheet_by_name(name)
    except (python_calamine.CalamineError, ValueError):
        raise RefusedError("damaged_workbook", "The sheet is damaged and cannot be read.") from None
    if sheet.start is None:
        raise RefusedError("empty_file", f"The sheet “{name}” is empty.")
    rows = width = 0
    with Path(target).open("w", encoding="utf-8", errors="replace", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        for cells in rows_of(sheet):
            width = max(width, len(cells))
            if width > MAX_COLUMNS:
                raise RefusedError(
                    "too_many_columns",
                    f"The sheet has more than {MAX_COLUMNS} columns with content. Delete those that are not needed.",
                )
            rows += bool(cells)
            writer.writerow(cells)
    if not rows:
        raise RefusedError("empty_file", f"The sheet “{name}” is empty.")
    return {"rows": rows, "columns": width}


def main() -> None:
    memory, seconds, output = (int(number) for number in sys.argv[1:4])
    limit_resources(memory, seconds, output)
    command, path, *rest = sys.argv[4:]
    try:
        result: Any = list_sheets(path) if command == "sheets" else write_sheet(path, *rest)
        answer = {"ok": result}
    except RefusedError as refusal:
        answer = {"code": refusal.code, "error": str(refusal)}
    except MemoryError:
        answer = {"code": "workbook_too_large", "error": ""}
    except OSError as error:
        answer = {"code": "write_failed", "error": error.strerror or str(error)}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
