"""An invented list of leads as another system would export it; the same number gives the same bytes."""

from __future__ import annotations

import csv
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.dataset import FIRST, LAST, TRADES, WORDS

HEADERS = ("id", "first_name", "last_name", "email", "company", "phone", "source", "status", "country", "industry",
           "description", "created")  # fmt: skip
SOURCES = ("website", "email campaign", "referral", "cold call", "partner", "trade show", "advertising", "other")
STATUSES = ("new", "new", "new", "contacted", "contacted", "qualified", "nurturing", "converted", "lost")
INDUSTRIES = ("Banking", "Construction", "Education", "Energy", "Healthcare", "Insurance", "Retail", "Software")
# Country, calling code, how its mobile numbers begin, and how many digits follow.
COUNTRIES = (("US", "1", "212", 7), ("DE", "49", "151", 8), ("GB", "44", "7400", 6), ("IN", "91", "98", 8),
             ("FR", "33", "6", 8))  # fmt: skip
PHRASES = ("asked for a quote on the annual plan", "wants a demo for the whole team", "uses a spreadsheet today",
           "needs an export to the accounting system", "budget is approved for next quarter")  # fmt: skip
UNTIL = datetime(2026, 11, 1, tzinfo=UTC)


def write(path: Path, rows: int, *, start: int = 1) -> Path:
    """Write ``rows`` leads numbered from ``start``."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADERS)
        writer.writerows(_row(number) for number in range(start, start + rows))
    return path


def _row(number: int) -> tuple[object, ...]:
    chance = random.Random(number)
    pick = chance.choice
    first, last, word, trade = pick(FIRST), pick(LAST), pick(WORDS), pick(TRADES)
    country, code, prefix, digits = pick(COUNTRIES)
    return (
        number, first, last, f"{first}.{last}.{number}@{word}{trade}.example".lower(),
        f"{word} {trade} {pick('ABCDEFGH')}",
        f"+{code} {prefix}{number % 10**digits:0{digits}d}", pick(SOURCES), pick(STATUSES), country, pick(INDUSTRIES),
        f"{pick(PHRASES).capitalize()}; {pick(PHRASES)}.",
        (UNTIL - timedelta(seconds=chance.randrange(63_072_000))).strftime("%Y-%m-%dT%H:%M:%SZ"),
    )  # fmt: skip
