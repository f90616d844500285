"""Turn the cells of a row into the columns of a lead, in one pass, with every complaint in words.

The keys of ``MappedRow.fields`` are columns of the lead table and their values what these columns hold: amounts in
minor units, moments with a time zone. Only what the row says is there, so that an update leaves the rest alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from leads.choices import CLOSED_STATUSES, LeadStatus
from leads.importing.drafts import RESERVED_CUSTOM_KEYS, CustomValue, Draft, FieldValue
from leads.importing.fields import TARGETS, Kind
from leads.importing.keys import plain_key
from leads.importing.mapping import ColumnPlan
from leads.importing.problems import Problem, Severity
from leads.importing.readers import BadValue, MapOptions, Reader, reader_for
from leads.importing.steps import STEP_ORDER, STEPS, Step
from leads.importing.values import ValueProblem

__all__ = ["RESERVED_CUSTOM_KEYS", "BadValue", "FieldValue", "MapOptions", "MappedRow", "RowMapper"]

_NEEDED = "The row needs at least one of: e-mail, phone, company, first and last name, identifier in another system."
_COLUMN_OF = {"closed_on": "closed_at"}
# What cannot be used of these is kept as text beside the lead, which goes in.
_SOFT = {Kind.PHONE, Kind.LINK, Kind.IP_ADDRESS}
_IDENTITY_PROBLEMS = {"phone", "email", "company", "first_name", "last_name", "full_name", "external_id"}


@dataclass(frozen=True, slots=True)
class MappedRow:
    """What one row says about one lead.

    ``owner_key``, ``team_key`` and ``stage_key`` are names or addresses as written, for the caller to look up.
    """

    fields: dict[str, FieldValue]
    custom: dict[str, CustomValue]
    tags: tuple[str, ...]
    owner_key: str
    team_key: str
    stage_key: str
    problems: tuple[Problem, ...]
    is_refused: bool


class RowMapper:
    """Reads rows under one mapping; made once for a file, because it compiles the mapping."""

    def __init__(self, plans: Sequence[ColumnPlan], options: MapOptions) -> None:
        self._options = options
        self._plans = {plan.target: plan for plan in plans}
        self._is_strict = options.on_bad_value is BadValue.REFUSE_ROW
        self._simple: list[tuple[int, str, Reader, ColumnPlan]] = []
        self._custom: list[tuple[int, str, Reader, ColumnPlan]] = []
        self._steps: list[tuple[int, Step, ColumnPlan]] = []
        staged: list[tuple[int, ColumnPlan]] = []
        for plan in plans:
            if (key := plan.custom_key) is not None:
                self._custom.append((plan.index, key, reader_for(plan, options), plan))
            elif (kind := TARGETS[plan.target].kind) in STEPS:
                staged.append((STEP_ORDER[kind], plan))
            else:
                name = _COLUMN_OF.get(plan.target, plan.target)
                self._simple.append((plan.index, name, reader_for(plan, options), plan))
        for _, plan in sorted(staged, key=lambda entry: (entry[0], entry[1].index)):
            self._steps.append((plan.index, STEPS[TARGETS[plan.target].kind](plan, options), plan))

    def map(self, cells: Sequence[str]) -> MappedRow:
        """Read one row, which has as many cells as the file has columns."""
        draft = Draft(self._options.currency)
        for index, step, plan in self._steps:
            if cell := cells[index]:
                try:
                    step(cell, draft)
                except ValueProblem as problem:
                    self._complain(draft, plan, cell, problem)
        # After the steps: a column of its own is worth more than a part of an address.
        fields = draft.fields
        for index, name, read, plan in self._simple:
            if cell := cells[index]:
                try:
                    value = read(cell)
                except ValueProblem as problem:
                    self._complain(draft, plan, cell, problem)
                else:
                    if value is not None:
                        fields[name] = value
        custom = draft.custom
        for index, name, read, plan in self._custom:
            if cell := cells[index]:
                try:
                    value = read(cell)
                except ValueProblem as problem:
                    self._keep_custom(draft, plan, cell, problem)
                else:
                    if value is not None:
                        custom[name] = value
        return self._finish(draft)

    # What follows from several columns together.

    def _finish(self, draft: Draft) -> MappedRow:
        fields, keys = draft.fields, draft.keys
        if draft.name is not None:
            _take_name(draft)
        if draft.converted or "stage" in keys:
            self._settle_status(draft)
        if "won_value_minor" in fields or draft.deal_value is not None:
            self._settle_value(draft)
        if draft.closed is not None or "closed_at" in fields:
            self._settle_close(draft)
        if draft.names_currency:
            fields["currency"] = draft.currency
        if not (
            "email" in fields
            or "company" in fields
            or "phone" in fields
            or "external_id" in fields
            or ("first_name" in fields and "last_name" in fields)
        ):
            self._refuse_unidentified(draft)
        problems = draft.problems
        return MappedRow(
            fields,
            draft.custom,
            draft.tags,
            keys.get("owner", ""),
            keys.get("team", ""),
            keys.get("stage", ""),
            tuple(problems),
            bool(problems) and any(problem.severity is Severity.ERROR for problem in problems),
        )

    def _settle_status(self, draft: Draft) -> None:
        """Let the stage lead where there is one, because a lead's status follows its stage."""
        fields, keys, statuses = draft.fields, draft.keys, self._options.stage_statuses
        if statuses and (stage := keys.get("stage")):
            if known := statuses.get(plain_key(stage)):
                fields["status"] = known
            else:
                draft.warn(self._plans["stage"], stage, "unknown_stage", "There is no pipeline stage of this name.")
                draft.keep("stage_original", stage)
                del keys["stage"]
        if draft.converted and fields.get("status") != LeadStatus.CLOSED_WON:
            fields["status"] = LeadStatus.CLOSED_WON.value
            keys.pop("stage", None)

    def _settle_value(self, draft: Draft) -> None:
        """Put amounts where the status wants them: only a won lead has a won value."""
        fields = draft.fields
        status = fields.get("status")
        amount: int | None = fields.pop("won_value_minor", None)
        if amount is None:
            amount = draft.deal_value
        elif status != LeadStatus.CLOSED_WON and amount:
            draft.warn(
                self._plans["won_value"],
                str(amount),
                "not_won",
                "The lead is not won: this is kept as its expected value.",
            )
        if status == LeadStatus.CLOSED_WON:
            fields["won_value_minor"] = amount
        # Systems write 0 for the deals that brought nothing.
        elif amount or status not in CLOSED_STATUSES:
            fields.setdefault("predicted_value_minor", amount)

    def _settle_close(self, draft: Draft) -> None:
        """Make a close date the day of closing for a closed lead, and the expected day for an open one."""
        fields = draft.fields
        is_closed = fields.get("status") in CLOSED_STATUSES
        closed: Any = fields.pop("closed_at", None)
        if closed is not None and not is_closed:
            text = closed.date().isoformat()
            draft.keep("closed_on_original", text)
            draft.warn(
                self._plans["closed_on"], text, "not_closed", "The lead is not closed; the date is kept beside it."
            )
            closed = None
        if draft.closed is not None and closed is None:
            now = self._options.now
            if is_closed and (now is None or draft.closed <= now):
                closed = draft.closed
            else:
                fields.setdefault("expected_close_on", draft.closed.date())
        if closed is not None:
            fields["closed_at"] = closed

    # Complaints.

    def _complain(self, draft: Draft, plan: ColumnPlan, cell: str, problem: ValueProblem) -> None:
        is_soft = TARGETS[plan.target].kind in _SOFT
        if is_soft or not self._is_strict:
            draft.keep(f"{plan.target}_original", cell)
            draft.complain(plan, cell, problem, Severity.WARNING)
        else:
            draft.complain(plan, cell, problem, Severity.ERROR)

    def _keep_custom(self, draft: Draft, plan: ColumnPlan, cell: str, problem: ValueProblem) -> None:
        """Keep what does not fit the type of a custom field as text beside it: types were guessed from a sample."""
        if problem.code == "too_long" and self._is_strict:
            draft.complain(plan, cell, problem, Severity.ERROR)
            return
        draft.keep(f"{plan.custom_key}_original", cell)
        draft.complain(plan, cell, problem, Severity.WARNING)

    def _refuse_unidentified(self, draft: Draft) -> None:
        """Refuse the row; what went wrong with its only identity is then an error of its own."""
        draft.problems = [
            replace(problem, severity=Severity.ERROR) if self._is_identity(problem) else problem
            for problem in draft.problems
        ]
        draft.problems.append(Problem(None, "", "", "no_identity", _NEEDED, Severity.ERROR))

    def _is_identity(self, problem: Problem) -> bool:
        return any(plan.index == problem.column and plan.target in _IDENTITY_PROBLEMS for plan in self._plans.values())


def _take_name(draft: Draft) -> None:
    """Fill first and last name from a full name, unless they have columns of their own."""
    if draft.name is None or "first_name" in draft.fields or "last_name" in draft.fields:
        return
    text, name = draft.name
    limit = TARGETS["first_name"].limit
    if name.first and len(name.first) <= limit:
        draft.fields["first_name"] = name.first
    if name.last and len(name.last) <= limit:
        draft.fields["last_name"] = name.last
    if not name.is_sure or len(name.first) > limit or len(name.last) > limit:
        draft.keep("contact_name", text)
