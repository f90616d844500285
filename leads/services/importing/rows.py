"""Rows on their way from the file to the database."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from leads.importing.problems import Problem
from leads.services.importing.plans import Stage
from leads.services.importing.rules import Identity

SEPARATOR = "\x1f"


@dataclass(slots=True)
class LeadRow:
    """One row: what it says in columns of a lead (only what it says), or why it is refused."""

    number: int
    cells: list[str]
    fields: dict[str, Any] = field(default_factory=dict)
    custom: dict[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    stage: Stage | None = None
    owner: tuple[uuid.UUID, uuid.UUID | None] | None = None
    team_id: uuid.UUID | None = None
    is_refused: bool = False
    # What it can be recognised by, in the order in which that is asked, and the system its identifier belongs to.
    keys: tuple[tuple[Identity, str], ...] = ()
    source: str = ""
    # What is written when it becomes a new lead, in the order of the chunk's columns; made ahead of time.
    draft: list[Any] | None = None


@dataclass(slots=True)
class Chunk:
    """Rows that are written together; ``last_row`` is the number of the last one, blank or not."""

    rows: list[LeadRow]
    last_row: int
    # The columns of a lead that the rows fill.
    columns: tuple[str, ...] = ()
    unknown: dict[str, Counter[str]] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)


def keys_of(fields: Mapping[str, Any], identities: Iterable[Identity]) -> tuple[tuple[Identity, str], ...]:
    """Return what a row says in each respect, in the form in which it is compared, leaving out what it does not say."""
    return tuple((identity, key) for identity in identities if (key := _KEYS[identity](fields)))


def _external_key(fields: Mapping[str, Any]) -> str:
    return f"{fields['external_source']}{SEPARATOR}{fields['external_id']}" if "external_id" in fields else ""


def _company_key(fields: Mapping[str, Any]) -> str:
    return str(fields.get("company", "")).lower()


def _person_key(fields: Mapping[str, Any]) -> str:
    parts = [str(fields.get(name, "")).lower() for name in ("company", "first_name", "last_name")]
    return SEPARATOR.join(parts) if all(parts) else ""


_KEYS: dict[Identity, Callable[[Mapping[str, Any]], str]] = {
    Identity.EXTERNAL_ID: _external_key,
    Identity.EMAIL: lambda fields: str(fields.get("email", "")).lower(),
    Identity.PHONE: lambda fields: str(fields.get("phone", "")),
    Identity.PERSON: _person_key,
    Identity.COMPANY: _company_key,
}
