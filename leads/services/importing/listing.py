"""Keep the rows that somebody should look at: all that were refused, and enough of the others."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from leadcrm.core.models import new_id
from leads.choices import RowOutcome
from leads.importing.problems import Problem, Severity
from leads.importing.values import storable
from leads.services.importing import staging
from leads.services.importing.matching import Fate, Verdict
from leads.services.importing.plans import ImportPlan
from leads.services.importing.rows import LeadRow
from leads.services.importing.rules import Identity

# Of each kind that is not refused, and of everything in a dry run.
MOST_LISTED = 1_000
MOST_PROBLEMS = 50

_COLUMNS = {
    "id": "uuid", "organization_id": "uuid", "batch_id": "uuid", "row_number": "int", "outcome": "text",
    "cells": "jsonb", "problems": "jsonb", "is_dry_run": "boolean",
}  # fmt: skip
_BY = {
    Identity.EXTERNAL_ID: "identifier",
    Identity.EMAIL: "e-mail address",
    Identity.PHONE: "phone number",
    Identity.PERSON: "company and full name",
    Identity.COMPANY: "company",
}
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def reason_of(verdict: Verdict) -> str:
    """Return why a row is skipped, in words."""
    by = _BY[verdict.by] if verdict.by else "values"
    if verdict.fate is Fate.EXISTS:
        return f"A lead with the same {by} is in leadcrm already."
    if verdict.fate is Fate.REPEATED:
        return f"An earlier row of this file has the same {by}."
    if verdict.fate is Fate.TRASHED:
        return (
            f"A lead with the same {by} is in the trash. Restore it, or delete it for good, and import this row again."
        )
    return f"A lead with the same {by} exists beyond your reach, so this row cannot change it."


class Listing:
    """Collects the rows of a chunk and writes them; ``counts`` says how many of each kind are kept already."""

    def __init__(self, plan: ImportPlan, *, is_dry_run: bool, counts: Counter[str]) -> None:
        self._plan, self._is_dry_run, self._counts = plan, is_dry_run, counts
        self._rows: list[tuple[Any, ...]] = []

    def refuse(self, row: LeadRow) -> None:
        self._add(row, RowOutcome.REFUSED, row.problems)

    def warn(self, row: LeadRow) -> None:
        self._add(row, RowOutcome.WARNED, row.problems)

    def skip(self, verdict: Verdict) -> None:
        problem = Problem(None, "", "", verdict.fate.value, reason_of(verdict), Severity.WARNING)
        self._add(verdict.row, RowOutcome.SKIPPED, (problem,))

    def _add(self, row: LeadRow, outcome: RowOutcome, problems: Iterable[Problem]) -> None:
        keeps_all = outcome is RowOutcome.REFUSED and not self._is_dry_run
        if not keeps_all and self._counts[outcome] >= MOST_LISTED:
            return
        self._counts[outcome] += 1
        self._rows.append(
            (
                new_id(),
                self._plan.organization_id,
                self._plan.batch_id,
                row.number,
                outcome.value,
                _encode([storable(cell) for cell in row.cells]),
                _encode([_as_json(problem) for problem in list(problems)[:MOST_PROBLEMS]]),
                self._is_dry_run,
            )
        )

    def write(self) -> None:
        rows: Sequence[tuple[Any, ...]] = self._rows
        with connection.cursor() as cursor:
            staging.insert(cursor, "leads_leadbatchrow", _COLUMNS, rows)
        self._rows = []


def _as_json(problem: Problem) -> dict[str, Any]:
    return {
        "column": problem.column,
        "header": storable(problem.header),
        "value": storable(problem.value),
        "code": problem.code,
        "message": problem.message,
        "severity": problem.severity.value,
    }
