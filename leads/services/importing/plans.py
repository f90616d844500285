"""An import ready to run: everything that rows need, looked up once, so that reading them asks no database."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from leadcrm.audit import settings
from leadcrm.core.errors import DomainError
from leads.choices import LeadSource, LeadStatus
from leads.importing.keys import plain_key
from leads.importing.mapping import ColumnPlan
from leads.importing.readers import BadValue, MapOptions
from leads.importing.rows import RowMapper
from leads.models import LeadBatch, PipelineStage
from leads.permissions import LeadPermission
from leads.querysets import ALL, OWN, TEAM, reach_of
from leads.services import pipeline, qualification
from leads.services.importing import mappings, states
from leads.services.importing.rules import DEFAULT, Choices, Identity, OnDuplicate, Rules, choices_for

if TYPE_CHECKING:
    from leadcrm.accounts.models import User


@dataclass(frozen=True)
class Stage:
    """A stage as rows need it."""

    id: uuid.UUID
    status: str
    pipeline_id: uuid.UUID


@dataclass(frozen=True)
class ImportPlan:
    """The mapping, the rules and the looked-up names of one import."""

    batch_id: uuid.UUID
    organization_id: uuid.UUID
    actor: User
    batch_name: str
    columns: tuple[ColumnPlan, ...]
    rules: Rules
    options: MapOptions
    headers: tuple[str, ...]
    default_stage: Stage
    stages: Mapping[uuid.UUID, Stage]
    stage_of_status: Mapping[str, Stage]
    stage_of_word: Mapping[str, uuid.UUID]
    # The person that a name or an address means, with the team the lead then belongs to.
    owner_of_word: Mapping[str, tuple[uuid.UUID, uuid.UUID | None]]
    team_of_word: Mapping[str, uuid.UUID]
    source_of_word: Mapping[str, str]
    default_owner: tuple[uuid.UUID | None, uuid.UUID | None]
    default_team: uuid.UUID | None
    reach: str
    threshold: int
    qualified_stages: Mapping[uuid.UUID | None, Stage]
    points: Any
    rate_version: int
    zone: ZoneInfo
    now: datetime
    identities: tuple[Identity, ...] = field(default=())

    @property
    def on_duplicate(self) -> OnDuplicate:
        return OnDuplicate(self.rules.on_duplicate)

    def mapper(self) -> RowMapper:
        return RowMapper(self.columns, self.options)

    def reaches(self, *, owner_id: uuid.UUID | None, team_id: uuid.UUID | None) -> bool:
        """Tell whether the person who imports may see, and so change, a lead of this owner and team."""
        if self.reach == ALL:
            return True
        if owner_id == self.actor.pk:
            return True
        if self.actor.team_id is None or team_id != self.actor.team_id:
            return False
        return self.reach == TEAM or (self.reach == OWN and owner_id is None)


def plan_of(batch: LeadBatch, *, now: datetime) -> ImportPlan:
    """Look up what the rows of an import need. Costs about ten queries.

    Raises: DomainError when something that was chosen is gone.
    """
    actor: User | None = batch.requested_by
    if actor is None:
        raise DomainError("The person who started this import is no longer here, so nobody answers for it.")
    if not actor.has_right(LeadPermission.IMPORT):
        raise DomainError("The person who started this import may not import any more, so nobody answers for it.")
    rules = Rules.from_json(batch.import_settings["rules"])
    words: dict[str, dict[str, str]] = batch.import_settings.get("words", {})
    choices = choices_for(actor)
    stages = {stage.pk: Stage(stage.pk, stage.status, stage.pipeline_id) for stage in choices.stages}
    default_stage = _default_stage(rules, stages)
    stage_of_status: dict[str, Stage] = {}
    for stage in choices.stages:  # those of the default pipeline come first
        stage_of_status.setdefault(stage.status, stages[stage.pk])
    stage_of_word = _stage_words(words.get("stage", {}), choices.stages, default_stage)
    options = MapOptions(
        zone=batch.organization.tzinfo,
        currency=rules.currency or batch.organization.currency,
        phone_region=rules.region or None,
        day_first=True,
        now=now,
        on_bad_value=BadValue(rules.on_bad_value),
        status_words={
            word: default_stage.status if value == DEFAULT else value
            for word, value in words.get("status", {}).items()
            if value
        },
        stage_statuses={word: stages[pk].status for word, pk in stage_of_word.items()},
    )
    table = settings.rates("leads.score_points")
    owners = {person.pk: person for person in choices.people}
    owner = owners.get(uuid.UUID(rules.owner)) if rules.owner else None
    return ImportPlan(
        batch_id=batch.pk,
        organization_id=states.organization_of(batch),
        actor=actor,
        batch_name=batch.name,
        columns=tuple(mappings.plans_of(batch)),
        rules=rules,
        options=options,
        headers=tuple(batch.shape["headers"]),
        default_stage=default_stage,
        stages=stages,
        stage_of_status=stage_of_status,
        stage_of_word=stage_of_word,
        owner_of_word=_owner_words(words.get("owner", {}), choices),
        team_of_word=_team_words(words.get("team", {}), choices),
        source_of_word={
            word: rules.source or LeadSource.CSV_IMPORT if value == DEFAULT else value
            for word, value in words.get("source", {}).items()
            if value
        },
        default_owner=(owner.pk, owner.team_id) if owner else (None, None),
        default_team=uuid.UUID(rules.team) if rules.team else (owner.team_id if owner else None) or actor.team_id,
        reach=reach_of(actor),
        threshold=qualification.threshold(),
        qualified_stages=_qualified(choices.stages, stages),
        points=table.values,
        rate_version=table.version,
        zone=batch.organization.tzinfo,
        now=now,
        identities=tuple(Identity(one) for one in rules.identity),
    )


def _default_stage(rules: Rules, stages: Mapping[uuid.UUID, Stage]) -> Stage:
    if rules.stage:
        if found := stages.get(uuid.UUID(rules.stage)):
            return found
        raise DomainError("The stage in which new leads were to start is gone. Choose another one.")
    first = pipeline.first_stage()
    return Stage(first.pk, first.status, first.pipeline_id)


def _stage_words(words: Mapping[str, str], stages: list[PipelineStage], default_stage: Stage) -> dict[str, uuid.UUID]:
    found: dict[str, uuid.UUID] = {}
    for stage in stages:
        found.setdefault(plain_key(stage.name), stage.pk)
    known = {str(stage.pk): stage.pk for stage in stages} | {DEFAULT: default_stage.id}
    return found | {word: known[value] for word, value in words.items() if value in known}


def _owner_words(words: Mapping[str, str], choices: Choices) -> dict[str, tuple[uuid.UUID, uuid.UUID | None]]:
    people = {str(person.pk): (person.pk, person.team_id) for person in choices.people}
    found = {plain_key(person.full_name): (person.pk, person.team_id) for person in choices.people}
    found |= {plain_key(person.email): (person.pk, person.team_id) for person in choices.people}
    for word, value in words.items():
        if value in people:
            found[word] = people[value]
        else:
            # "Nobody" was chosen for a name that would have been understood.
            found.pop(word, None)
    return found


def _team_words(words: Mapping[str, str], choices: Choices) -> dict[str, uuid.UUID]:
    teams = {str(team.pk): team.pk for team in choices.teams}
    found = {plain_key(team.name): team.pk for team in choices.teams}
    return found | {word: teams[value] for word, value in words.items() if value in teams}


def _qualified(stages: list[PipelineStage], known: Mapping[uuid.UUID, Stage]) -> dict[uuid.UUID | None, Stage]:
    found: dict[uuid.UUID | None, Stage] = {}
    for stage in stages:
        if stage.status == LeadStatus.QUALIFIED:
            found.setdefault(stage.pipeline_id, known[stage.pk])
            found.setdefault(None, known[stage.pk])
    return found
