"""How a text file is laid out: what must be known to split it into rows the same way every time."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from leads.importing.problems import Notice

MAX_COLUMNS = 500
MAX_ROW_CHARACTERS = 1_000_000
# The csv module refuses longer cells by itself; its limit is global to the process, so it is left as it is.
MAX_CELL_CHARACTERS = 131_072
SAMPLE_ROWS = 100


class Quoting(StrEnum):
    """How a file writes a quotation mark inside a quoted cell, or that it quotes nothing at all."""

    DOUBLED = "doubled"
    BACKSLASH = "backslash"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class FileLayout:
    """Everything ``read_rows`` needs; kept with the import so that a resumed run reads the same rows.

    ``header_row`` is the number of the header's row as a spreadsheet counts it, 0 when there is none;
    ``first_row`` is the number of the first row with data.
    """

    encoding: str
    delimiter: str
    quoting: Quoting
    header_row: int
    first_row: int
    width: int
    pad_short_rows: bool = False

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "quoting": self.quoting.value}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> FileLayout:
        return cls(**{**data, "quoting": Quoting(data["quoting"])})


@dataclass(frozen=True, slots=True)
class LayoutChoice:
    """What the person chose instead of the guess; None leaves a point to the guess.

    ``header_row`` 0 means that the file has no header.
    """

    encoding: str | None = None
    delimiter: str | None = None
    quoting: Quoting | None = None
    header_row: int | None = None
    pad_short_rows: bool = False


@dataclass(frozen=True, slots=True)
class FileShape:
    """What a look at the beginning of a file says about it.

    ``headers`` are unique and never empty. ``row_estimate`` is exact for small files, a projection for large ones.
    """

    layout: FileLayout
    headers: tuple[str, ...]
    sample_rows: tuple[tuple[str, ...], ...]
    row_estimate: int
    size_bytes: int
    warnings: tuple[Notice, ...]

    @property
    def encoding(self) -> str:
        return self.layout.encoding

    @property
    def delimiter(self) -> str:
        return self.layout.delimiter
