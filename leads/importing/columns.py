"""What each column of a file most likely means, and why we think so.

The header speaks first, in the vocabulary of other systems; the cells below it confirm it, correct it, or speak for a
header that says nothing. A target is suggested once. What is left becomes a custom field, so that nothing is lost
unless somebody decides so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from leads.importing import evidence
from leads.importing.evidence import Cells
from leads.importing.keys import header_fingerprint, plain_key
from leads.importing.mapping import ColumnPlan
from leads.importing.vocabulary import INTERNAL, NAMES_OF_DEALS, NOISE, PREFERENCE, TARGET_OF

__all__ = ["Action", "Suggestion", "custom_key", "header_fingerprint", "suggest"]

_WORD = re.compile(r"[^\W\d_]+|\d+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class Action(StrEnum):
    FIELD = "field"
    CUSTOM = "custom"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What to do with one column; ``confidence`` is from 0 to 1, ``why`` a sentence for the person who decides."""

    action: Action
    plan: ColumnPlan | None
    confidence: float
    why: str

    @property
    def target(self) -> str:
        """The name of a target, ``custom:<key>``, or nothing for a column that is left out."""
        return self.plan.target if self.plan else ""


@dataclass(frozen=True, slots=True)
class _Claim:
    """One column's claim to one target, to be weighed against those of other columns."""

    column: int
    target: str
    confidence: float
    preference: int
    why: str


def suggest(
    headers: Sequence[str],
    sample_rows: Sequence[Sequence[str]],
    *,
    stage_names: Iterable[str] = (),
    custom_keys: Iterable[str] = (),
) -> dict[int, Suggestion]:
    """Suggest a meaning for every column, by its number from 0.

    ``stage_names`` are the pipeline stages of the organisation and ``custom_keys`` the keys of its custom fields: a
    column that carries them is mapped to them.
    """
    columns = [Cells.of([row[number] for row in sample_rows if number < len(row)]) for number in range(len(headers))]
    known_custom = {plain_key(key): key for key in custom_keys}
    stages = {plain_key(name) for name in stage_names}
    keys = [plain_key(header) for header in headers]
    claims: list[_Claim] = []
    for number, header in enumerate(headers):
        if keys[number] in known_custom and keys[number] not in TARGET_OF:
            continue
        claims.extend(_claims(number, header, columns[number], stages, keys))
    chosen: dict[int, _Claim] = {}
    taken: set[str] = set()
    for claim in sorted(claims, key=lambda claim: (-claim.confidence, claim.preference, claim.column)):
        if claim.column not in chosen and claim.target not in taken and not _is_superfluous(claim.target, taken):
            chosen[claim.column] = claim
            taken.add(claim.target)
    result: dict[int, Suggestion] = {}
    used_keys: set[str] = set()
    for number, header in enumerate(headers):
        if winner := chosen.get(number):
            plan = evidence.with_formats(ColumnPlan(number, header, winner.target), columns[number])
            result[number] = Suggestion(Action.FIELD, plan, round(winner.confidence, 2), winner.why)
        else:
            result[number] = _leftover(number, header, columns[number], known_custom, used_keys)
    return result


def _is_superfluous(target: str, taken: set[str]) -> bool:
    """Say whether a target would only repeat what others already carry."""
    if target == "full_name":
        return {"first_name", "last_name"} <= taken
    if target == "address":
        return "street" in taken
    return target == "close_date" and {"closed_on", "expected_close_on"} <= taken


def _claims(number: int, header: str, cells: Cells, stages: set[str], keys: Sequence[str]) -> list[_Claim]:
    """Return what a column could be, by its header and by its cells."""
    found: list[_Claim] = []
    target, confidence, rank, why = _by_header(header)
    if target:
        target, why = _refine(target, why, cells, stages, keys)
        verdict, reason = evidence.check(target, cells)
        found.append(_Claim(number, target, confidence * verdict, rank, reason or why))
    if plain_key(header) not in INTERNAL:
        for target, share, why in evidence.guess(cells):
            found.append(_Claim(number, target, min(0.9, share * 0.85), 999, why))
    return [claim for claim in found if claim.confidence >= 0.45]


def _by_header(header: str) -> tuple[str, float, int, str]:
    """Return the target that a header names, how sure that is, its rank among the names of the target, and why."""
    key = plain_key(header)
    if key in NAMES_OF_DEALS:
        return "", 0.0, 0, ""
    if target := TARGET_OF.get(key):
        return target, 0.95, PREFERENCE[target].index(key), f"The header “{header}” is a usual name for it."
    # "Email (2)" is the second column of that name; "Work Email (business)" and "Lead's city" hold known words.
    bare = re.sub(r"\s*\((?:\d+|[^)]*)\)\s*$", "", header)
    if bare != header and (target := TARGET_OF.get(plain_key(bare))):
        return target, 0.8, 500, f"The header “{header}” begins like a usual name for it."
    words = [word.casefold() for word in _WORD.findall(_CAMEL.sub(" ", bare).replace("'s", ""))]
    telling = [word for word in words if word not in NOISE]
    if telling and len(telling) < len(words) and (target := TARGET_OF.get(plain_key("".join(telling)))):
        return target, 0.7, 600, f"The header “{header}” contains a usual name for it."
    return "", 0.0, 0, ""


def _refine(target: str, why: str, cells: Cells, stages: set[str], keys: Sequence[str]) -> tuple[str, str]:
    """Choose between targets that share their headers, by what the cells hold."""
    if target == "full_name" and cells.share(evidence.is_company_name) >= 0.5:
        return "company", "The names end like those of companies."
    if target in {"status", "stage"}:
        if stages and cells.share(lambda cell: plain_key(cell) in stages) >= 0.6:
            return "stage", "The cells are names of your pipeline stages."
        if target == "status" and cells.any(evidence.is_outreach_word):
            return "outreach_status", "The cells are words of automated outreach; the status follows from them."
        has_status = "status" in {TARGET_OF.get(key) for key in keys}
        if target == "stage" and not has_status and cells.share(evidence.is_status) >= 0.8:
            return "status", "The cells are words for a status."
    if target == "country" and cells.share(evidence.is_country) < 0.3 and cells.share(evidence.has_comma) >= 0.5:
        return "address", "The cells look like whole addresses."
    return target, why


def custom_key(header: str, used: set[str]) -> str:
    """Return a key for a custom field: small letters, digits and underscores, not in ``used``."""
    words = _WORD.findall(_CAMEL.sub(" ", header))
    plain = "_".join(filter(None, ("".join(sign for sign in plain_key(word) if sign.isascii()) for word in words)))
    key = plain[:50].strip("_") or "field"
    if not key[0].isalpha():
        key = "f_" + key
    candidate, number = key, 2
    while candidate in used:
        candidate = f"{key}_{number}"
        number += 1
    return candidate


def _leftover(number: int, header: str, cells: Cells, known_custom: dict[str, str], used: set[str]) -> Suggestion:
    if plain_key(header) in INTERNAL:
        return Suggestion(Action.IGNORE, None, 0.8, "This is an internal mark of the system it comes from.")
    known = known_custom.get(plain_key(header))
    if known and known not in used:
        used.add(known)
        plan = ColumnPlan(number, header, f"custom:{known}", custom_type=evidence.custom_type(cells))
        return Suggestion(
            Action.CUSTOM, evidence.with_formats(plan, cells), 0.95, "You have a custom field of this name."
        )
    if cells.is_empty and not cells.is_unknown:
        return Suggestion(Action.IGNORE, None, 0.7, "The first rows hold nothing in this column.")
    key = custom_key(header, used | set(known_custom.values()))
    used.add(key)
    plan = ColumnPlan(number, header, f"custom:{key}", custom_type=evidence.custom_type(cells))
    return Suggestion(
        Action.CUSTOM, evidence.with_formats(plan, cells), 0.5, "No field of a lead fits; a custom field keeps it."
    )
