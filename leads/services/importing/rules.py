"""What holds for a whole import: duplicates, defaults, translated words, and what happens afterwards."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.db import transaction

from leadcrm.accounts.choices import Role
from leadcrm.accounts.models import Team
from leadcrm.core.errors import DomainError
from leadcrm.core.models import TenantQuerySet
from leads.choices import JobState, LeadSource, LeadStatus
from leads.importing.keys import plain_key
from leads.importing.readers import BadValue
from leads.importing.values import clean_line, read_source, read_status
from leads.models import LeadBatch, PipelineStage
from leads.services import assignment
from leads.services.importing import mappings
from leads.services.importing.words import TRANSLATED

if TYPE_CHECKING:
    from leadcrm.accounts.models import User

# A word that a person wants to be treated like an empty cell.
DEFAULT = "default"


class Identity(StrEnum):
    """What tells that two rows, or a row and a lead, are the same; in the order in which they are asked."""

    EXTERNAL_ID = "external_id"
    EMAIL = "email"
    PHONE = "phone"
    PERSON = "person"  # company and full name
    COMPANY = "company"

    # An enumeration's own hash is computed in Python, ten times for every row of a file.
    __hash__ = str.__hash__


class OnDuplicate(StrEnum):
    SKIP = "skip"
    FILL = "fill"
    OVERWRITE = "overwrite"


@dataclass(frozen=True)
class Rules:
    """The choices of the second page. Ids are strings, empty where nothing was chosen."""

    identity: tuple[str, ...] = ()
    on_duplicate: str = OnDuplicate.SKIP
    on_bad_value: str = BadValue.REFUSE_ROW
    external_source: str = ""
    region: str = ""
    currency: str = ""
    stage: str = ""
    owner: str = ""
    team: str = ""
    source: str = LeadSource.CSV_IMPORT
    tags: tuple[str, ...] = ()
    complete_companies: bool = True
    qualify: bool = True
    follow_ups: bool = False

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Rules:
        """Return the rules that were kept; what a later version does not know is left out."""
        known = {key: value for key, value in data.items() if key in cls.__dataclass_fields__}
        for key in ("identity", "tags"):
            known[key] = tuple(known.get(key, ()))
        return cls(**known)


def possible_identities(targets: Collection[str]) -> list[Identity]:
    """Return what can identify the rows of a file with these columns."""
    has_name = "full_name" in targets or {"first_name", "last_name"} <= set(targets)
    possible = {
        Identity.EXTERNAL_ID: "external_id" in targets,
        Identity.EMAIL: "email" in targets,
        Identity.PHONE: "phone" in targets,
        Identity.PERSON: "company" in targets and has_name,
        Identity.COMPANY: "company" in targets,
    }
    return [identity for identity, is_possible in possible.items() if is_possible]


def usual_identities(targets: Collection[str]) -> tuple[Identity, ...]:
    """Return those that are right for most files: what names one thing only, else the best there is."""
    possible = possible_identities(targets)
    unique = tuple(one for one in possible if one in {Identity.EXTERNAL_ID, Identity.EMAIL})
    return unique or tuple(possible[:1])


def usual_rules(batch: LeadBatch) -> Rules:
    """Return what the page starts with: what was chosen, what was chosen last time for these columns, or the usual."""
    targets = mappings.targets_of(batch)
    if kept := batch.import_settings.get("rules"):
        return Rules.from_json(kept)
    row = mappings.remembered(batch)
    last = Rules.from_json(row.settings.get("rules") or {}) if row else Rules()
    possible = possible_identities(targets)
    identity = tuple(one for one in last.identity if one in possible) or usual_identities(targets)
    return Rules(
        **{
            **last.as_json(),
            "identity": identity,
            "external_source": last.external_source or source_name(batch.source_file),
            "region": last.region or batch.organization.country,
            "currency": last.currency or batch.organization.currency,
            "tags": last.tags,
        }
    )


def source_name(file_name: str) -> str:
    """Return what to call the system a file comes from: its name without copies, dates and endings."""
    stem = re.sub(r"\.\w{1,5}$", "", file_name)
    stem = re.sub(r"\s*\(\d+\)\s*$|[\s_-]*copy\s*$|[\s_-]*\d{2,}[\d\s_.-]*$", "", stem, flags=re.IGNORECASE)
    return " ".join(stem.replace("_", " ").split())[:60] or "file"


@dataclass(frozen=True)
class Choices:
    """What a person may choose from, which depends on how far they reach."""

    stages: list[PipelineStage]
    people: list[User]
    teams: list[Team]

    def of_words(self, target: str) -> list[tuple[str, str]]:
        """Return the choices for the words of a column."""
        if target == "status":
            return list(LeadStatus.choices)
        if target == "source":
            return list(LeadSource.choices)
        known: dict[str, list[Any]] = {"stage": self.stages, "owner": self.people, "team": self.teams}
        things = known[target]
        return [(str(thing.pk), str(thing)) for thing in things]

    def suggestion(self, target: str, word: str) -> str:
        """Return the choice that a word most likely means, or nothing."""
        if target == "status":
            found = read_status(word)
            return (found.status or "") if found else ""
        if target == "source":
            return read_source(word)[0]
        key = plain_key(word)
        if target == "owner":
            bare = word.strip().lower()
            return next((str(p.pk) for p in self.people if p.email == bare or plain_key(p.full_name) == key), "")
        if target == "team":
            return next((str(team.pk) for team in self.teams if plain_key(team.name) == key), "")
        stage = next((stage for stage in self.stages if plain_key(stage.name) == key), None)
        if stage is None and (found := read_status(word)):
            stage = next((stage for stage in self.stages if stage.status == found.status), None)
        return str(stage.pk) if stage else ""


def choices_for(actor: User) -> Choices:
    """Return what ``actor`` may choose from. Costs three queries."""
    teams: TenantQuerySet[Team] = Team.objects.order_by("name")
    if actor.role == Role.MANAGER:
        teams = teams.filter(pk__in=[actor.team_id] if actor.team_id else [])
    return Choices(
        stages=list(PipelineStage.objects.order_by("-pipeline__is_default", "pipeline__position", "position")),
        people=list(assignment.assignable_people(actor).order_by("full_name")),
        teams=list(teams),
    )


@transaction.atomic
def save_rules(*, batch: LeadBatch, rules: Rules, words: Mapping[str, Mapping[str, str]], actor: User) -> LeadBatch:
    """Keep the rules and the translated words: {target: {word: choice, "default" or nothing}}.

    Raises: DomainError for a choice that is not open to ``actor``, or identities that the file cannot have.
    """
    choices = choices_for(actor)
    _check_reach(rules, choices)
    possible = possible_identities(mappings.targets_of(batch))
    identity = tuple(str(one) for one in possible if one in rules.identity or one is Identity.EXTERNAL_ID)
    if not identity:
        raise DomainError("Choose at least one thing by which duplicates are recognised.", field="identity")
    if Identity.EXTERNAL_ID in identity and not rules.external_source.strip():
        raise DomainError(
            "Give the other system a name: identifiers are unique only inside it.", field="external_source"
        )
    kept: dict[str, dict[str, str]] = {}
    for target, chosen in words.items():
        if target not in TRANSLATED:
            continue
        allowed = {value for value, _ in choices.of_words(target)} | {DEFAULT, ""}
        for word, value in chosen.items():
            if value not in allowed:
                raise DomainError(f"“{word}” is translated into something that you cannot choose.", field=target)
        kept[target] = {plain_key(word) or word: value for word, value in chosen.items()}
    rules = Rules(
        **{**rules.as_json(), "identity": identity, "external_source": clean_line(rules.external_source)[:60]}
    )
    batch.import_settings = {**batch.import_settings, "rules": rules.as_json(), "words": kept}
    batch.phase, batch.state = LeadBatch.Phase.MAPPING, JobState.DRAFT
    batch.save()
    return batch


def _check_reach(rules: Rules, choices: Choices) -> None:
    for value, things, field, words in (
        (rules.stage, choices.stages, "stage", "a stage of your organisation"),
        (rules.owner, choices.people, "owner", "somebody to whom you can assign leads"),
        (rules.team, choices.teams, "team", "a team that you can fill"),
    ):
        if value and not any(str(thing.pk) == value for thing in things):
            raise DomainError(f"Choose {words}.", field=field)
