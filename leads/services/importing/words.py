"""The words that a file uses where leadcrm has choices of its own: statuses, stages, sources, owners, teams."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from leads.importing.fields import TARGETS, Kind
from leads.importing.mapping import ColumnPlan
from leads.importing.reading import read_rows
from leads.importing.values import clean_line, is_placeholder, storable
from leads.models import LeadBatch
from leads.services.importing import files
from leads.services.importing.shapes import layout_of

# The columns whose words a person may translate.
TRANSLATED = ("status", "stage", "source", "owner", "team")
# Looked at while the person waits for the next page; the dry run finds what lies further down.
ROWS, SECONDS, MOST_WORDS, LONGEST = 50_000, 1.5, 200, 120


def scan(batch: LeadBatch, plans: Iterable[ColumnPlan]) -> dict[str, list[list[Any]]]:
    """Return the words of the columns that are translated, the most frequent first, as [word, count]."""
    wanted = [(plan.index, plan.target) for plan in plans if plan.target in TRANSLATED]
    if not wanted:
        return {}
    found: dict[str, Counter[str]] = {target: Counter() for _, target in wanted}
    deadline = time.monotonic() + SECONDS
    with files.open_table(batch) as file:
        for seen, (_, cells) in enumerate(read_rows(file, layout_of(batch)), 1):
            if isinstance(cells, list):
                for index, target in wanted:
                    if cell := cells[index]:
                        found[target][cell] += 1
            if seen >= ROWS or (seen % 1000 == 0 and time.monotonic() > deadline):
                break
    return {target: _cleaned(counts, TARGETS[target].kind) for target, counts in found.items()}


def _cleaned(counts: Counter[str], kind: Kind) -> list[list[Any]]:
    merged: Counter[str] = Counter()
    for cell, count in counts.items():
        word = storable(clean_line(cell))[:LONGEST]
        if not is_placeholder(word, kind):
            merged[word] += count
    return [[word, count] for word, count in merged.most_common(MOST_WORDS)]


def merge(known: dict[str, list[list[Any]]], unknown: dict[str, Sequence[str]]) -> dict[str, list[list[Any]]]:
    """Add the words that a dry run did not understand to those that the scan had found."""
    merged = {target: list(words) for target, words in known.items()}
    for target, words in unknown.items():
        have = {word for word, _ in merged.setdefault(target, [])}
        merged[target] = [*merged[target], *([word, 0] for word in words if word not in have)][: 2 * MOST_WORDS]
    return merged
