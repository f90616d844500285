"""Tell new rows from those that are in leadcrm already, and from those that the file repeats."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from django.db import connection

from leads.services.importing.plans import ImportPlan
from leads.services.importing.rows import SEPARATOR, LeadRow
from leads.services.importing.rules import Identity, OnDuplicate

_BETWEEN = "\x1e"
# Keys that two different records of another system may share: an address of an office, the name of a company.
WEAK = frozenset({Identity.EMAIL, Identity.PHONE, Identity.PERSON, Identity.COMPANY})


class Fate(StrEnum):
    """What happens to a row."""

    NEW = "new"
    UPDATE = "update"
    EXISTS = "exists"
    REPEATED = "repeated"
    TRASHED = "trashed"
    HIDDEN = "hidden"


class Seen(Protocol):
    """A set of keys: Python's own, or the frugal one."""

    def __contains__(self, key: Any, /) -> bool: ...

    def add(self, key: Any, /) -> None: ...


@dataclass(slots=True)
class Match:
    """A lead that is there already."""

    lead_id: uuid.UUID
    owner_id: uuid.UUID | None
    team_id: uuid.UUID | None
    is_trashed: bool
    is_of_batch: bool


@dataclass(slots=True)
class Verdict:
    """A row with its fate, and the lead it is about when there is one."""

    row: LeadRow
    fate: Fate
    lead_id: uuid.UUID | None = None
    by: Identity | None = None


# Each asks for the oldest lead with a key. Equality on the normalised columns is leakproof, so that the indexes
# serve under row level security; what is computed, is computed on our side of the comparison.
_ALIVE = "AND l.deleted_at IS NULL"
# Two identifiers of one system are two records, whatever else they share.
_OTHER_RECORD = "AND (k.source = '' OR l.external_id = '' OR l.external_source <> k.source)"
_CONDITIONS = {
    Identity.EXTERNAL_ID: "l.external_source = k.one AND l.external_id = k.two AND l.external_id <> ''",
    Identity.EMAIL: f"l.email_norm = (lower(k.one) COLLATE \"C\") AND l.email <> '' {_ALIVE} {_OTHER_RECORD}",
    Identity.PHONE: f"l.phone = k.one AND l.phone <> '' {_ALIVE} {_OTHER_RECORD}",
    Identity.PERSON: f'l.company_norm = (lower(k.one) COLLATE "C") AND lower(l.first_name) = lower(k.two)'
    f" AND lower(l.last_name) = lower(k.three) {_ALIVE} {_OTHER_RECORD}",
    Identity.COMPANY: f'l.company_norm = (lower(k.one) COLLATE "C") {_ALIVE} {_OTHER_RECORD}',
}
_PARTS = {
    Identity.EXTERNAL_ID: 2, Identity.EMAIL: 1, Identity.PHONE: 1, Identity.PERSON: 3, Identity.COMPANY: 1,
}  # fmt: skip
# A company is rather the lead that is nothing but a company.
_FIRST = {Identity.COMPANY: "(l.first_name <> '' OR l.last_name <> '' OR l.external_id <> ''), l.id"}


def _ask(plan: ImportPlan, identity: Identity, asked: list[tuple[int, str, str]]) -> dict[int, Match]:
    """Return the leads that have the keys asked for: (place in the chunk, key, source of the row's identifier)."""
    # One text for all of them: an array of thousands takes the driver ten times as long.
    questions = _BETWEEN.join(
        [f"{key}{SEPARATOR * (2 - key.count(SEPARATOR))}{SEPARATOR}{source}" for _, key, source in asked]
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT k.place, m.id, m.assigned_to_id, m.team_id, m.deleted_at IS NOT NULL, m.batch_id = %s"  # noqa: S608 — our own conditions
            " FROM (SELECT place, part[1] AS one, part[2] AS two, part[3] AS three, part[4] AS source"
            " FROM (SELECT place, string_to_array(question, %s) AS part"
            " FROM unnest(string_to_array(%s, %s)) WITH ORDINALITY AS q(question, place)) parts) k"
            " CROSS JOIN LATERAL (SELECT l.id, l.assigned_to_id, l.team_id, l.deleted_at, l.batch_id FROM leads_lead l"
            f" WHERE l.organization_id = current_organization() AND {_CONDITIONS[identity]}"
            f" ORDER BY {_FIRST.get(identity, 'l.id')} LIMIT 1) m",
            [plan.batch_id, SEPARATOR, questions, _BETWEEN],
        )
        return {
            asked[place - 1][0]: Match(lead_id, owner_id, team_id, is_trashed, bool(is_of_batch))
            for place, lead_id, owner_id, team_id, is_trashed, is_of_batch in cursor.fetchall()
        }


def find_existing(plan: ImportPlan, rows: list[LeadRow]) -> dict[Identity, dict[int, Match]]:
    """Return the leads that the rows are about, by identity and by place. Costs a query for each identity in use."""
    asked: dict[Identity, list[tuple[int, str, str]]] = {identity: [] for identity in plan.identities}
    for place, row in enumerate(rows):
        for identity, key in row.keys:
            asked[identity].append((place, key, row.source if identity in WEAK else ""))
    found: dict[Identity, dict[int, Match]] = {}
    settled: set[int] = set()
    for identity, questions in asked.items():
        if settled:
            questions = [question for question in questions if question[0] not in settled]
        found[identity] = _ask(plan, identity, questions) if questions else {}
        settled |= found[identity].keys()
    return found


def judge(plan: ImportPlan, rows: list[LeadRow], *, seen: Seen, touched: Seen) -> list[Verdict]:
    """Decide for each row, in the order of the file: the first row with a key wins, later ones repeat it.

    ``seen`` holds the keys of rows that became leads, ``touched`` the leads that a row of this file was about
    already; both are added to. Rows that are refused are not asked about.
    """
    existing = find_existing(plan, rows)
    verdicts = []
    for place, row in enumerate(rows):
        verdict = _judge_one(plan, row, place, existing, seen, touched)
        if verdict.fate is Fate.NEW:
            _remember(row, seen)
        verdicts.append(verdict)
    return verdicts


def _judge_one(
    plan: ImportPlan, row: LeadRow, place: int, existing: dict[Identity, dict[int, Match]], seen: Seen, touched: Seen
) -> Verdict:
    for identity, key in row.keys:
        if _is_repeated(identity, key, row.source, seen):
            return Verdict(row, Fate.REPEATED, by=identity)
        match = existing[identity].get(place)
        if match is None:
            continue
        if match.is_of_batch:
            return Verdict(row, Fate.REPEATED, match.lead_id, identity)
        if match.is_trashed:
            return Verdict(row, Fate.TRASHED, match.lead_id, identity)
        if plan.on_duplicate is OnDuplicate.SKIP:
            return Verdict(row, Fate.EXISTS, match.lead_id, identity)
        if not plan.reaches(owner_id=match.owner_id, team_id=match.team_id):
            return Verdict(row, Fate.HIDDEN, match.lead_id, identity)
        lead_key = ("lead", str(match.lead_id))
        if lead_key in touched:
            return Verdict(row, Fate.REPEATED, match.lead_id, identity)
        touched.add(lead_key)
        return Verdict(row, Fate.UPDATE, match.lead_id, identity)
    return Verdict(row, Fate.NEW)


def _is_repeated(identity: Identity, key: str, source: str, seen: Seen) -> bool:
    if identity not in WEAK or not source:
        return (identity, key) in seen
    # Another row of the same system is another record; one without an identifier may be this one.
    return (identity, key, "") in seen or ((identity, key) in seen and (identity, key, source) not in seen)


def _remember(row: LeadRow, seen: Seen) -> None:
    for identity, key in row.keys:
        seen.add((identity, key))
        if identity in WEAK:
            seen.add((identity, key, row.source))
