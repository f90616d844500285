"""Which sign separates the cells of a text file, and how it quotes."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass

from leads.importing.headers import known_share, usual_width
from leads.importing.layout import Quoting
from leads.importing.records import csv_format

# In the order in which equals are preferred. Comma, semicolon, tab and bar are what programs write.
DELIMITERS = (",", ";", "\t", "|", "^", "~", "\x1f", "\x01")
# Spreadsheets write and obey a first line such as "sep=;".
_HINT = re.compile(r"\ufeff?sep=(.)\r?\n?", re.IGNORECASE)
_RECORDS = 200


@dataclass(frozen=True, slots=True)
class Dialect:
    delimiter: str
    quoting: Quoting


def separator_hint(text: str) -> str | None:
    """Return the separator that the first line declares."""
    found = _HINT.match(text)
    return found[1] if found else None


def _records(sample: str, dialect: Dialect) -> tuple[list[list[str]], int]:
    """Parse the sample with a dialect; the second number counts what did not parse."""
    records: list[list[str]] = []
    failures = 0
    reader = csv.reader(io.StringIO(sample, newline=""), **csv_format(dialect.delimiter, dialect.quoting))
    while len(records) + failures < _RECORDS:
        try:
            record = next(reader)
        except StopIteration:
            break
        except csv.Error:
            failures += 1
            continue
        if any(cell.strip() for cell in record):
            records.append(record)
    return records, failures


def _score(sample: str, dialect: Dialect) -> float:
    """Rate a dialect from 0 to about 2: rows of one width, no broken quotes, headers that are known."""
    records, failures = _records(sample, dialect)
    width = usual_width(records)
    if width < 2:
        return 0.0
    widths = Counter(map(len, records))
    agreement = widths[width] / (len(records) + failures)
    known = max(known_share(record) for record in records[:5] if len(record) > 1 or len(records) == 1)
    return agreement * (1 - 1 / (width + 1)) + known


def detect_dialect(sample: str, *, delimiter: str | None = None) -> Dialect:
    """Return the dialect under which the sample is most like a table; a single column has commas."""
    hinted = delimiter or separator_hint(sample)
    candidates = (hinted,) if hinted else tuple(sign for sign in DELIMITERS if sign in sample)
    best, best_score = Dialect(hinted or ",", Quoting.DOUBLED), 0.0
    for candidate in candidates:
        for quoting in _quotings(sample, candidate):
            dialect = Dialect(candidate, quoting)
            score = _score(sample, dialect)
            # The margin keeps the common quoting unless another one clearly reads more rows.
            if score > best_score + (0.0 if quoting is Quoting.DOUBLED else 0.05):
                best, best_score = dialect, score
    return best


def _quotings(sample: str, delimiter: str) -> tuple[Quoting, ...]:
    found = [Quoting.DOUBLED]
    if '\\"' in sample:
        found.append(Quoting.BACKSLASH)
    # A file that quotes nothing has marks in several lines, but none of them both open and close cells: inches follow
    # a number, first words are in quotes. One stray mark alone is damage.
    lines = [line for line in sample.splitlines() if '"' in line][:_RECORDS]
    sign = re.escape(delimiter)
    opening, closing = re.compile(rf'(?:^|{sign})"'), re.compile(rf'"(?:{sign}|$)')
    if len(lines) > 1 and not (any(map(opening.search, lines)) and any(map(closing.search, lines))):
        found.append(Quoting.NONE)
    return tuple(found)
