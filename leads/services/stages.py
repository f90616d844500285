"""The stages of a pipeline: add, change, put in order, delete. `pipeline` moves leads through them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from leadcrm.audit import services as audit
from leadcrm.core import live
from leadcrm.core.errors import DomainError
from leads.choices import LeadStatus
from leads.events import LeadEvent
from leads.models import Lead, Pipeline, PipelineStage

if TYPE_CHECKING:
    import uuid

    from leadcrm.accounts.models import User

# How a closed lead ends is certain.
CERTAIN = {LeadStatus.CLOSED_WON: 100, LeadStatus.CLOSED_LOST: 0, LeadStatus.UNQUALIFIED: 0}
LONGEST_NAME = 60
MOST_STAGES = 30


class StageInUse(DomainError):
    """The stage cannot go: leads are in it, or the pipeline would lack what every pipeline needs."""

    code = "stage_in_use"


@transaction.atomic
def add_stage(
    *, pipeline: Pipeline, name: str, colour: str, status: str, win_probability: int, actor: User
) -> PipelineStage:
    """Add a stage: the open ones come before the closed ones, each after its kind.

    Raises: DomainError.
    """
    stages = _locked(pipeline)
    if len(stages) >= MOST_STAGES:
        raise DomainError(f"A pipeline has at most {MOST_STAGES} stages.")
    stage = PipelineStage(pipeline=pipeline, status=status)
    _fill(stage, name=name, colour=colour, win_probability=win_probability)
    is_last = [one.is_closed for one in stages]
    at = len(stages) if stage.is_closed or True not in is_last else is_last.index(True)
    _save(stage)
    _renumber([*stages[:at], stage, *stages[at:]])
    _tell(stage, actor=actor, description=f"{stage.name} added", changes={"stage": (None, _facts(stage))})
    return stage


@transaction.atomic
def change_stage(*, stage: PipelineStage, name: str, colour: str, win_probability: int, actor: User) -> PipelineStage:
    """Rename and recolour a stage and say how likely its leads are won. What it stands for stays: leads are in it.

    Raises: DomainError.
    """
    stage = PipelineStage.objects.select_for_update(no_key=True).get(pk=stage.pk)
    before = _facts(stage)
    _fill(stage, name=name, colour=colour, win_probability=win_probability)
    after = _facts(stage)
    if before == after:
        return stage
    _save(stage)
    changes = {key: (before[key], after[key]) for key in after if before[key] != after[key]}
    _tell(stage, actor=actor, description=stage.name, changes=changes)
    return stage


@transaction.atomic
def shift_stage(*, stage: PipelineStage, by: int, actor: User) -> PipelineStage:
    """Move a stage one place to the left (-1) or to the right (1); at the end it stays where it is."""
    stages = _locked(stage.pipeline)
    at = next(index for index, one in enumerate(stages) if one.pk == stage.pk)
    to = max(0, min(len(stages) - 1, at + (1 if by > 0 else -1)))
    if to == at:
        return stage
    before = [one.name for one in stages]
    stages[at], stages[to] = stages[to], stages[at]
    _renumber(stages)
    _tell(
        stage, actor=actor, description=f"{stage.name} moved", changes={"order": (before, [one.name for one in stages])}
    )
    return stage


@transaction.atomic
def delete_stage(*, stage: PipelineStage, actor: User) -> None:
    """Delete a stage without leads.

    Raises: StageInUse.
    """
    stages = _locked(stage.pipeline)
    stage = next(one for one in stages if one.pk == stage.pk)
    if Lead.objects.alive().filter(stage=stage).exists():
        raise StageInUse(f"Leads are in {stage.name}. Move them to another stage first.")
    if Lead.objects.in_trash().filter(stage=stage).exists():
        raise StageInUse(f"Leads in the trash belong to {stage.name}. Restore them and move them, or delete them.")
    others = [one for one in stages if one.pk != stage.pk]
    if not any(not one.is_closed for one in others):
        raise StageInUse("A pipeline needs a stage that is open.")
    for status in (LeadStatus.CLOSED_WON, LeadStatus.CLOSED_LOST):
        if stage.status == status and not any(one.status == status for one in others):
            raise StageInUse(f"A pipeline needs a stage for leads that are {status.label.lower()}.")
    pk: uuid.UUID = stage.pk
    stage.delete()
    stage.pk = pk
    _renumber(others)
    _tell(stage, actor=actor, description=f"{stage.name} deleted", changes={"stage": (_facts(stage), None)})


def _locked(pipeline: Pipeline) -> list[PipelineStage]:
    """Lock the pipeline, so that two people who change its stages take turns, and return the stages in order."""
    Pipeline.objects.select_for_update(no_key=True).get(pk=pipeline.pk)
    return list(PipelineStage.objects.filter(pipeline=pipeline).order_by("position", "pk"))


def _fill(stage: PipelineStage, *, name: str, colour: str, win_probability: int) -> None:
    stage.name = " ".join(name.split())
    if not stage.name:
        raise DomainError("A stage needs a name.", field="name")
    if len(stage.name) > LONGEST_NAME:
        raise DomainError(f"A name has at most {LONGEST_NAME} characters.", field="name")
    if colour not in PipelineStage.Colour.values:
        raise DomainError("Choose one of the colours.", field="colour")
    if not 0 <= win_probability <= 100:
        raise DomainError("A chance is from 0 to 100 per cent.", field="win_probability")
    stage.colour = colour
    stage.win_probability = CERTAIN.get(LeadStatus(stage.status), win_probability)


def _save(stage: PipelineStage) -> None:
    try:
        with transaction.atomic():
            stage.save()
    except IntegrityError as problem:
        raise DomainError(f"This pipeline has a stage “{stage.name}” already.", field="name") from problem


def _renumber(stages: list[PipelineStage]) -> None:
    for position, stage in enumerate(stages):
        stage.position = position
    PipelineStage.objects.bulk_update(stages, ["position"])


def _facts(stage: PipelineStage) -> dict[str, object]:
    return {
        "name": stage.name,
        "colour": stage.colour,
        "status": stage.status,
        "win_probability": stage.win_probability,
    }


def _tell(stage: PipelineStage, *, actor: User, description: str, changes: dict[str, tuple[object, object]]) -> None:
    audit.record(LeadEvent.PIPELINE_CHANGED, stage, actor=actor, description=description, changes=changes)
    live.announce("board")
