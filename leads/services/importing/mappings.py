"""What each column of a file becomes: suggested, remembered for its headers, chosen by a person."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction

from leads.choices import CustomFieldType, JobState
from leads.importing import evidence
from leads.importing.columns import Suggestion, custom_key, suggest
from leads.importing.evidence import Cells
from leads.importing.fields import TARGETS
from leads.importing.keys import plain_key
from leads.importing.mapping import CUSTOM, ColumnPlan, check_mapping
from leads.importing.problems import FileProblem
from leads.importing.values import DateOrder, detect_date_order
from leads.models import ColumnMapping, CustomField, LeadBatch, PipelineStage
from leads.services.importing import states, words
from leads.services.importing.shapes import layout_of

NEW, IGNORE = "new", ""
SHOWN_SAMPLES = 3
# What a person calls a guess.
SURE, LIKELY = 0.9, 0.6
_NUMERIC_DATE = re.compile(r"\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2})\b")


@dataclass(frozen=True)
class Column:
    """One column on the page: what it holds, and what it is to become."""

    index: int
    header: str
    samples: tuple[str, ...]
    target: str
    why: str
    certainty: str  # remembered, sure, likely, guess, kept
    is_ambiguous: bool  # its dates may start with the day or with the month


def columns_of(batch: LeadBatch) -> list[Column]:
    """Return the columns of a file with what was chosen, remembered or suggested for each. Costs three queries."""
    suggestions = suggestions_for(batch)
    chosen = {plan["index"]: plan["target"] for plan in batch.import_settings.get("columns", [])}
    remembered = {} if "columns" in batch.import_settings else remembered_targets(batch)
    fields = {field.key for field in CustomField.objects.all()}
    columns = []
    for index, header in enumerate(batch.shape["headers"]):
        suggestion = suggestions[index]
        cells = _cells(batch, index)
        target, why, certainty = suggestion.target, suggestion.why, _certainty(suggestion)
        if "columns" in batch.import_settings:
            target = chosen.get(index, IGNORE)
        elif header in remembered:
            target, why, certainty = remembered[header], "", "remembered"
        if target.startswith(CUSTOM) and target.removeprefix(CUSTOM) not in fields:
            target = NEW
        columns.append(
            Column(
                index,
                header,
                tuple(dict.fromkeys(cells.values))[:SHOWN_SAMPLES],
                target,
                why,
                certainty,
                _is_ambiguous(cells),
            )
        )
    return columns


def _is_ambiguous(cells: Cells) -> bool:
    unclear = {DateOrder.AMBIGUOUS, DateOrder.MIXED}
    return cells.any(_NUMERIC_DATE.match) and detect_date_order(cells.values) in unclear


def suggestions_for(batch: LeadBatch) -> dict[int, Suggestion]:
    """Return what the headers and the sample say about each column."""
    return suggest(
        batch.shape["headers"],
        batch.shape["sample"],
        stage_names=PipelineStage.objects.values_list("name", flat=True),
        custom_keys=CustomField.objects.values_list("key", flat=True),
    )


def _cells(batch: LeadBatch, index: int) -> Cells:
    return Cells.of([row[index] for row in batch.shape["sample"] if index < len(row)])


def _certainty(suggestion: Suggestion) -> str:
    if suggestion.target.startswith(CUSTOM) and suggestion.confidence < LIKELY:
        return "kept"
    if suggestion.confidence >= SURE:
        return "sure"
    return "likely" if suggestion.confidence >= LIKELY else "guess"


def remembered(batch: LeadBatch) -> ColumnMapping | None:
    """Return the mapping last used for these headers."""
    return ColumnMapping.objects.filter(header_fingerprint=batch.shape["fingerprint"]).first()


def remembered_targets(batch: LeadBatch) -> dict[str, str]:
    """Return what each header was the last time; a target that no longer exists is left out."""
    row = remembered(batch)
    known = {} if row is None else {plain_key(header): target for header, target in row.mapping.items()}
    headers = batch.shape["headers"]
    found = {header: known[plain_key(header)] for header in headers if plain_key(header) in known}
    return {
        header: target
        for header, target in found.items()
        if target in TARGETS or target == IGNORE or target.startswith(CUSTOM)
    }


@transaction.atomic
def save_columns(*, batch: LeadBatch, targets: Mapping[int, str], date_order: str = "") -> LeadBatch:
    """Keep what each column becomes: a target, ``custom:<key>``, ``new`` for a new custom field, or nothing.

    Raises: FileProblem naming the column when the mapping cannot be carried out.
    """
    headers = batch.shape["headers"]
    suggestions = suggestions_for(batch)
    fields = {field.key: field for field in CustomField.objects.all()}
    used = set(fields)
    plans = []
    for index, header in enumerate(headers):
        target = targets.get(index, IGNORE)
        if target == IGNORE:
            continue
        cells = _cells(batch, index)
        if target == NEW:
            key = _new_key(header, suggestions[index], used)
            used.add(key)
            plan = ColumnPlan(index, header, CUSTOM + key, custom_type=evidence.custom_type(cells))
        elif target.startswith(CUSTOM):
            field = fields.get(target.removeprefix(CUSTOM))
            if field is None:
                raise FileProblem(f"There is no custom field for “{header}” any more.", code="bad_mapping")
            plan = ColumnPlan(index, header, target, custom_type=CustomFieldType(field.type))
        else:
            if target not in TARGETS:
                raise FileProblem(f"“{header}” is mapped to something unknown.", code="bad_mapping")
            plan = ColumnPlan(index, header, target)
        plan = evidence.with_formats(plan, cells)
        if date_order:
            plan = replace(plan, date_order=DateOrder(date_order))
        plans.append(plan)
    check_mapping(plans, width=layout_of(batch).width)
    batch.import_settings = {
        **batch.import_settings,
        "columns": [plan.as_json() for plan in plans],
        "date_order": date_order,
    }
    batch.phase, batch.state = LeadBatch.Phase.MAPPING, JobState.DRAFT
    batch.report = {"words": words.scan(batch, plans)}
    batch.save()
    return batch


def _new_key(header: str, suggestion: Suggestion, used: set[str]) -> str:
    suggested = suggestion.target.removeprefix(CUSTOM) if suggestion.target.startswith(CUSTOM) else ""
    return suggested if suggested and suggested not in used else custom_key(header, used)


def plans_of(batch: LeadBatch) -> list[ColumnPlan]:
    """Return the mapping that was chosen."""
    return [ColumnPlan.from_json(plan) for plan in batch.import_settings.get("columns", [])]


def targets_of(batch: LeadBatch) -> set[str]:
    """Return what the file has columns for."""
    return {plan["target"] for plan in batch.import_settings.get("columns", [])}


def remember(batch: LeadBatch) -> None:
    """Keep the mapping and the rules for the next file with these headers."""
    chosen = {plan["header"]: plan["target"] for plan in batch.import_settings["columns"]}
    ColumnMapping.objects.update_or_create(
        organization_id=states.organization_of(batch),
        header_fingerprint=batch.shape["fingerprint"],
        defaults={
            "mapping": {header: chosen.get(header, IGNORE) for header in batch.shape["headers"]},
            "settings": {key: batch.import_settings.get(key, {}) for key in ("rules", "words")},
        },
    )


def create_custom_fields(batch: LeadBatch) -> None:
    """Make the custom fields that the mapping names and that do not exist yet."""
    last = CustomField.objects.order_by("-position").values_list("position", flat=True).first() or 0
    wanted: dict[str, dict[str, Any]] = {
        plan.custom_key: {"label": plan.header[:120], "type": plan.custom_type}
        for plan in plans_of(batch)
        if plan.custom_key is not None
    }
    existing = set(CustomField.objects.filter(key__in=wanted).values_list("key", flat=True))
    CustomField.objects.bulk_create(
        [
            CustomField(organization_id=batch.organization_id, key=key, position=last + number, **facts)
            for number, (key, facts) in enumerate(wanted.items(), 1)
            if key not in existing
        ],
        ignore_conflicts=True,
    )
