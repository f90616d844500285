"""Tell new rows from those that are in leadcrm already, and from those that the file repeats."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from django.db import connection

from leads.services.importing.parsing import LeadRow
from leads.services.importing.plans import ImportPlan
from leads.services.importing.rules import Identity, OnDuplicate

SEPARATOR = "\x1f"
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


def key_of(row: LeadRow, identity: Identity) -> str:
    """Return what the row says in this respect, in the form in which it is compared, or nothing."""
    fields = row.fields
    if identity is Identity.EXTERNAL_ID:
        return row.external_key
    if identity is Identity.EMAIL:
        return str(fields.get("email", "")).lower()
    if identity is Identity.PHONE:
        return str(fields.get("phone", ""))
    company = str(fields.get("company", "")).lower()
    if identity is Identity.COMPANY or not company:
        return company
    first, last = str(fields.get("first_name", "")).lower(), str(fields.get("last_name", "")).lower()
    return SEPARATOR.join((company, first, last)) if first and last else ""


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
# A company is rather the lead that is nothing but a company.
_FIRST = {Identity.COMPANY: "(l.first_name <> '' OR l.last_name <> '' OR l.external_id <> ''), l.id"}


def _ask(plan: ImportPlan, identity: Identity, asked: list[tuple[int, str, str]]) -> dict[int, Match]:
    """Return the leads that have the keys asked for: (place in the chunk, key, source of the row's identifier)."""
    parts = [[*key.split(SEPARATOR), "", ""] for _, key, _ in asked]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT k.place, m.id, m.assigned_to_id, m.team_id, m.deleted_at IS NOT NULL, m.batch_id = %s"  # noqa: S608 — our own conditions
            " FROM unnest(%s::int[], %s::text[], %s::text[], %s::text[], %s::text[])"
            " AS k(place, one, two, three, source)"
            " CROSS JOIN LATERAL (SELECT l.id, l.assigned_to_id, l.team_id, l.deleted_at, l.batch_id FROM leads_lead l"
            f" WHERE l.organization_id = current_organization() AND {_CONDITIONS[identity]}"
            f" ORDER BY {_FIRST.get(identity, 'l.id')} LIMIT 1) m",
            [
                plan.batch_id,
                [place for place, _, _ in asked],
                [part[0] for part in parts],
                [part[1] for part in parts],
                [part[2] for part in parts],
                [source for _, _, source in asked],
            ],
        )
        return {
            place: Match(lead_id, owner_id, team_id, is_trashed, bool(is_of_batch))
            for place, lead_id, owner_id, team_id, is_trashed, is_of_batch in cursor.fetchall()
        }


def find_existing(plan: ImportPlan, rows: list[LeadRow]) -> dict[Identity, dict[int, Match]]:
    """Return the leads that the rows are about, by identity and by place. Costs a query for each identity in use."""
    found: dict[Identity, dict[int, Match]] = {}
    open_places = set(range(len(rows)))
    for identity in plan.identities:
        asked = [
            (place, key, str(row.fields.get("external_source", "")) if identity in WEAK else "")
            for place, row in enumerate(rows)
            if place in open_places and (key := key_of(row, identity))
        ]
        found[identity] = _ask(plan, identity, asked) if asked else {}
        open_places -= found[identity].keys()
    return found


def judge(plan: ImportPlan, rows: Iterable[LeadRow], *, seen: Seen, touched: Seen) -> list[Verdict]:
    """Decide for each row, in the order of the file: the first row with a key wins, later ones repeat it.

    ``seen`` holds the keys of rows that became leads, ``touched`` the leads that a row of this file was about
    already; both are added to. Rows that are refused are not asked about.
    """
    rows = list(rows)
    existing = find_existing(plan, rows)
    verdicts = []
    for place, row in enumerate(rows):
        verdict = _judge_one(plan, row, place, existing, seen, touched)
        if verdict.fate is Fate.NEW:
            _remember(plan, row, seen)
        verdicts.append(verdict)
    return verdicts


def _judge_one(
    plan: ImportPlan, row: LeadRow, place: int, existing: dict[Identity, dict[int, Match]], seen: Seen, touched: Seen
) -> Verdict:
    source = str(row.fields.get("external_source", ""))
    for identity in plan.identities:
        key = key_of(row, identity)
        if not key:
            continue
        if _is_repeated(identity, key, source, seen):
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


def _remember(plan: ImportPlan, row: LeadRow, seen: Seen) -> None:
    source = str(row.fields.get("external_source", ""))
    for identity in plan.identities:
        if key := key_of(row, identity):
            seen.add((identity, key))
            if identity in WEAK:
                seen.add((identity, key, source))
