"""What can be wrong with a file, a row or a value, in words for the person who uploaded it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from leadcrm.core.errors import DomainError


class FileProblem(DomainError):
    """The file as a whole cannot be imported; the message says why and what to do."""

    code = "unreadable_file"


class ValueProblem(Exception):
    """One value is not usable; the message says what was wrong and what is accepted."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Severity(StrEnum):
    """An error keeps the row out; with a warning the row goes in, and the message says how."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One complaint about one row; ``column`` counts from 0 and is None for the row as a whole."""

    column: int | None
    header: str
    value: str
    code: str
    message: str
    severity: Severity


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A row that could not even be split into cells; ``text`` is how it begins in the file."""

    code: str
    message: str
    text: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Something about a file that its owner should know before the import starts."""

    code: str
    message: str
