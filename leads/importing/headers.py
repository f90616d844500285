"""Where the header of a table is, whether there is one, and what its columns are called."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from leads.importing.keys import plain_key
from leads.importing.problems import Notice
from leads.importing.vocabulary import TARGET_OF

_NOT_A_LABEL = re.compile(
    r"""
      \S+@\S+\.\S+                      # an e-mail address
    | https?://.*                       # a link
    | [+(]?\d[\d\s().,/:+-]*%?          # a number, a phone number, a date
    | [$€£₹¥]\s*\d.*                    # an amount
    | \d{4}-\d{2}-\d{2}.*               # a date with a time
    """,
    re.VERBOSE,
)
# A header is looked for this far down: reports carry a title, a date and filters above their table.
_SEARCHED = 20


def is_label(cell: str) -> bool:
    """Say whether a cell could name a column: short, with a letter, and no value by its form."""
    text = cell.strip()
    return 0 < len(text) <= 120 and any(map(str.isalpha, text)) and not _NOT_A_LABEL.fullmatch(text)


def usual_width(records: Sequence[Sequence[str]]) -> int:
    """Return the number of cells that most rows have; among equals, the larger one."""
    counts = Counter(len(record) for record in records if any(cell.strip() for cell in record))
    if not counts:
        return 0
    return max(counts, key=lambda width: (counts[width], width))


def known_share(record: Sequence[str]) -> float:
    """Return the share of the cells that are headers we know."""
    cells = [cell for cell in record if cell.strip()]
    return sum(plain_key(cell) in TARGET_OF for cell in cells) / len(cells) if cells else 0.0


def _values_look_different(record: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Say whether some column holds numbers, dates or addresses under a cell that is none of these."""
    for column, cell in enumerate(record):
        if not is_label(cell):
            continue
        values = [row[column] for row in body if column < len(row) and row[column].strip()]
        if values and sum(not is_label(value) for value in values) >= len(values) * 0.8:
            return True
    return False


def find_header(records: Sequence[Sequence[str]], width: int) -> int | None:
    """Return the index of the record that names the columns, None when there is no such record."""
    for index, record in enumerate(records[:_SEARCHED]):
        filled = [cell for cell in record if cell.strip()]
        if not filled:
            continue
        known = known_share(record)
        # A title or a filter above the table fills one or two cells of many.
        if len(filled) < max(1, round(width * 0.5)) and (known < 0.5 or len(record) != width):
            continue
        labels = sum(map(is_label, filled)) / len(filled)
        if labels < 0.8:
            # The first full row holds values: whatever comes below it is data as well.
            if len(record) == width:
                return None
            continue
        if known >= 0.3 or (known > 0 and len(filled) <= 3):
            return index
        body = [row for row in records[index + 1 :] if len(row) == width]
        distinct = len({cell.strip().casefold() for cell in filled}) == len(filled)
        if not body:
            return index if distinct else None
        if distinct and (_values_look_different(record, body) or _names_never_repeat(record, body)):
            return index
        if len(record) == width:
            return None
    return None


def _names_never_repeat(record: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Say whether columns repeat their values, but never the first one: then that one is a name.

    A file of words only gives no other sign.
    """
    signs = 0
    for column, cell in enumerate(record):
        values = [row[column].strip().casefold() for row in body if column < len(row)]
        if cell.strip().casefold() in values:
            return False
        if len(values) >= 4 and len(set(values)) <= len(values) / 2:
            signs += 1
    return signs > 0


def unique_headers(record: Sequence[str]) -> tuple[tuple[str, ...], tuple[Notice, ...]]:
    """Return the headers cleaned, each named and each once, with a notice for what had to be changed."""
    headers: list[str] = []
    seen: set[str] = set()
    repeated: list[str] = []
    unnamed: list[int] = []
    for number, cell in enumerate(record, 1):
        name = " ".join("".join(sign if sign.isprintable() else " " for sign in cell).split())[:120]
        if not name:
            name = f"Column {number}"
            unnamed.append(number)
        elif name.casefold() in seen:
            repeated.append(name)
        candidate, copy = name, 2
        while candidate.casefold() in seen:
            candidate = f"{name} ({copy})"
            copy += 1
        seen.add(candidate.casefold())
        headers.append(candidate)
    notices: list[Notice] = []
    if repeated:
        names = ", ".join(f"“{name}”" for name in dict.fromkeys(repeated))
        notices.append(
            Notice("duplicate_headers", f"More than one column is called {names}; the later ones are numbered.")
        )
    if unnamed:
        numbers = ", ".join(map(str, unnamed[:10])) + (" …" if len(unnamed) > 10 else "")
        notices.append(Notice("empty_headers", f"Columns without a name: {numbers}."))
    return tuple(headers), tuple(notices)
