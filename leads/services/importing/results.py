"""What the pages say about an import: figures, what can be done next, rows in pages."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse

from leads.choices import JobState, RowOutcome
from leads.models import LeadBatch, LeadBatchRow
from leads.permissions import LeadPermission
from leads.services.importing import undoing
from leads.services.importing.states import Phase

if TYPE_CHECKING:
    from leadcrm.accounts.models import User

IMPORTS_PER_PAGE, ROWS_PER_PAGE = 25, 50
# Counting what people have done with more leads than this would keep the page waiting.
COUNTED_BEFORE_UNDO = 20_000
DELIMITER_WORDS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}


def can_change(batch: LeadBatch) -> bool:
    """Tell whether columns and rules may still be chosen otherwise."""
    return not batch.is_unfinished and batch.phase in {Phase.MAPPING, Phase.CHECK} and "headers" in batch.shape


def file_facts(batch: LeadBatch) -> list[str]:
    """Return what was found about the file, in words."""
    shape = batch.shape
    rows, columns = shape["row_estimate"], len(shape["headers"])
    facts = [f"about {rows:,} rows" if rows > 100 else f"{rows} row{'' if rows == 1 else 's'}", f"{columns} columns"]
    if shape["kind"] == "workbook":
        return [f"sheet “{shape['sheet']}”", *facts]
    layout = shape["layout"]
    delimiter = DELIMITER_WORDS.get(layout["delimiter"], layout["delimiter"])
    header = f"column names in row {layout['header_row']}" if layout["header_row"] else "no column names"
    return [*facts, f"separated by {delimiter}", layout["encoding"].upper().replace("CP", "Windows-"), header]


# --- figures ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Figure:
    """One figure of a result, as the component for figures takes it."""

    label: str
    value: str
    note: str = ""
    url: str = ""


@dataclass
class Result:
    """What a page shows of an import and what it offers to do."""

    title: str
    figures: list[Figure] = field(default_factory=list)
    unknown: list[tuple[str, list[tuple[str, int]]]] = field(default_factory=list)
    outcomes: list[tuple[str, str, int]] = field(default_factory=list)  # outcome, words, how many
    rows: list[LeadBatchRow] = field(default_factory=list)
    can_import: bool = False
    can_continue: bool = False
    can_check: bool = False
    can_change: bool = False
    can_undo: bool = False
    can_remove_kept: bool = False
    can_discard: bool = False
    leads_url: str = ""
    progress: dict[str, Any] | None = None

    FIRST_ROWS: ClassVar[int] = 10


WORDS_OF = {"status": "Status", "stage": "Stage", "source": "Source", "owner": "Owner", "team": "Team"}


def result_of(batch: LeadBatch, user: User) -> Result:
    """Return what the page of an import shows. Costs at most two queries."""
    is_dry_run = batch.phase == Phase.CHECK
    result = Result(title=_title(batch), can_change=can_change(batch))
    result.progress = progress_of(batch) if batch.is_unfinished else None
    ended = not batch.is_unfinished
    if batch.phase == Phase.CHECK:
        result.can_import = batch.state == JobState.DONE and batch.successful_imports + batch.updated_leads > 0
        result.can_check = ended
        result.can_discard = ended
    elif batch.phase == Phase.READING:
        result.can_discard = ended
    elif batch.phase == Phase.IMPORT:
        result.can_continue = batch.state in {JobState.FAILED, JobState.CANCELLED}
        result.can_undo = ended and batch.successful_imports + batch.updated_leads > 0
    elif batch.phase in {Phase.UNDO, Phase.UNDONE}:
        result.can_undo = ended and batch.phase == Phase.UNDO
        undo = batch.report.get("undo", {})
        # What a removal of everything has left is beyond the reach of whoever asked for it.
        is_left = undo.get("kept", 0) and not undo.get("with_changed")
        result.can_remove_kept = bool(ended and is_left and user.has_right(LeadPermission.DELETE))
    if batch.phase not in {Phase.READING, Phase.CHECK}:
        result.leads_url = f"{reverse('leads:lead_list')}?{urlencode({'batch': batch.pk})}"
    if batch.phase in {Phase.UNDO, Phase.UNDONE}:
        result.figures = _undo_figures(batch, result.leads_url)
        return result
    if batch.phase == Phase.READING:
        return result
    result.figures = _figures(batch, result.leads_url, is_dry_run=is_dry_run)
    result.unknown = _unknown(batch)
    if ended:
        result.outcomes = _outcomes(batch)
        rows = LeadBatchRow.objects.filter(batch=batch).of_run(is_dry_run=is_dry_run)
        result.rows = list(rows.order_by("is_dry_run", "outcome", "row_number")[: Result.FIRST_ROWS])
    return result


def _title(batch: LeadBatch) -> str:
    words: dict[tuple[str, str], str] = {
        (Phase.READING, JobState.FAILED): "The workbook could not be read",
        (Phase.READING, JobState.CANCELLED): "Stopped",
        (Phase.CHECK, JobState.QUEUED): "Waiting for the dry run",
        (Phase.CHECK, JobState.RUNNING): "Trying the whole file",
        (Phase.CHECK, JobState.DONE): "This is what the import would do",
        (Phase.CHECK, JobState.CANCELLED): "The dry run was stopped",
        (Phase.CHECK, JobState.FAILED): "The dry run could not be finished",
        (Phase.IMPORT, JobState.QUEUED): "Waiting to import",
        (Phase.IMPORT, JobState.RUNNING): "Importing",
        (Phase.IMPORT, JobState.DONE): "Imported",
        (Phase.IMPORT, JobState.CANCELLED): "The import was stopped",
        (Phase.IMPORT, JobState.FAILED): "The import could not be finished",
        (Phase.UNDO, JobState.QUEUED): "Waiting to undo the import",
        (Phase.UNDO, JobState.RUNNING): "Undoing the import",
        (Phase.UNDO, JobState.CANCELLED): "Undoing was stopped",
        (Phase.UNDO, JobState.FAILED): "The import could not be undone completely",
        (Phase.UNDONE, JobState.DONE): "The import is undone",
    }
    return words.get((batch.phase, batch.state), "Reading the workbook")


def _figures(batch: LeadBatch, leads_url: str, *, is_dry_run: bool) -> list[Figure]:
    details = batch.report.get("details", {})
    repeated, unchanged = details.get("repeated", 0), details.get("unchanged", 0)
    skipped = batch.duplicates_skipped + unchanged
    notes = [
        f"{batch.duplicates_skipped - repeated:,} in leadcrm already" if batch.duplicates_skipped - repeated else "",
        f"{repeated:,} repeated in the file" if repeated else "",
        f"{unchanged:,} with nothing new" if unchanged else "",
    ]
    rows_url = reverse("leads:import_rows", args=[batch.pk])
    return [
        Figure("New leads", f"{batch.successful_imports:,}", url="" if is_dry_run else leads_url),
        Figure("Updated leads" if not is_dry_run else "Leads to update", f"{batch.updated_leads:,}"),
        Figure("Skipped", f"{skipped:,}", ", ".join(filter(None, notes))),
        Figure(
            "Refused", f"{batch.failed_imports:,}", "rows with errors" if batch.failed_imports else "",
            f"{rows_url}?outcome={RowOutcome.REFUSED}" if batch.failed_imports else "",
        ),
        Figure("With a remark", f"{batch.warning_count:,}", "go in all the same" if batch.warning_count else ""),
    ]  # fmt: skip


def _undo_figures(batch: LeadBatch, leads_url: str) -> list[Figure]:
    found = batch.report.get("undo", {})
    kept, not_restored = found.get("kept", 0), found.get("not_restored", 0)
    return [
        Figure("Removed", f"{found.get('removed', 0):,}", "leads that the import had made"),
        Figure("Restored", f"{found.get('restored', 0):,}", "leads that it had changed"),
        Figure("Kept", f"{kept:,}", "worked on since, or beyond reach" if kept else "", leads_url if kept else ""),
        Figure("Not restored", f"{not_restored:,}", "changed by somebody since" if not_restored else ""),
    ]


def _unknown(batch: LeadBatch) -> list[tuple[str, list[tuple[str, int]]]]:
    """Return the words that nothing here stands for, the most frequent first."""
    found = []
    for target, words in batch.report.get("unknown", {}).items():
        frequent = sorted(words.items(), key=lambda item: -item[1])
        if frequent:
            found.append((WORDS_OF.get(target, target), frequent[:20]))
    return found


def _outcomes(batch: LeadBatch) -> list[tuple[str, str, int]]:
    counts = {
        RowOutcome.REFUSED: batch.failed_imports,
        RowOutcome.WARNED: batch.warning_count,
        RowOutcome.SKIPPED: batch.duplicates_skipped,
    }
    return [(outcome.value, str(outcome.label), count) for outcome, count in counts.items() if count]


def progress_of(batch: LeadBatch) -> dict[str, Any]:
    """Return the inputs of the progress component."""
    total = batch.progress_total or None
    if batch.phase == Phase.READING:
        total = None
    done = min(batch.progress_done, total) if total else batch.progress_done
    noun = "leads" if batch.phase == Phase.UNDO else "rows"
    note = f"{done:,} of about {total:,} {noun}" if total and done else ""
    if batch.cancel_requested_at is not None:
        note = "Stopping …"
    elif batch.state == JobState.QUEUED:
        note = "Waiting for the worker"
    return {
        "label": _title(batch),
        "done": done,
        "total": total if batch.state == JobState.RUNNING else None,
        "note": note,
        "poll_url": reverse("leads:import_progress", args=[batch.pk]),
        "cancel_url": reverse("leads:import_cancellation", args=[batch.pk])
        if batch.cancel_requested_at is None
        else "",
    }


# --- lists ------------------------------------------------------------------------------------------


@dataclass
class Page:
    """A piece of a list with the way to its neighbours."""

    items: list[Any]
    previous_query: str = ""
    next_query: str = ""
    summary: str = ""

    @property
    def has_previous(self) -> bool:
        return bool(self.previous_query)

    @property
    def has_next(self) -> bool:
        return bool(self.next_query)


def page_of_imports(batches: QuerySet[LeadBatch], *, after: str = "", before: str = "") -> Page:
    """Return imports, the newest first; their keys grow with time, so they are the order."""
    batches = batches.defer("shape", "import_settings")
    start, backwards = (_key(after), False) if not before else (_key(before), True)
    if start:
        batches = batches.filter(pk__gt=start) if backwards else batches.filter(pk__lt=start)
    items = list(batches.order_by("pk" if backwards else "-pk")[: IMPORTS_PER_PAGE + 1])
    more, items = len(items) > IMPORTS_PER_PAGE, items[:IMPORTS_PER_PAGE]
    if backwards:
        items.reverse()
    has_next, has_previous = (True, more) if backwards else (more, bool(start))
    return Page(
        items,
        previous_query=f"?before={items[0].pk}" if items and has_previous else "",
        next_query=f"?after={items[-1].pk}" if items and has_next else "",
    )


def _key(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def page_of_rows(batch: LeadBatch, *, outcome: str, after: str = "", before: str = "") -> Page:
    """Return rows of one kind in the order of the file."""
    is_dry_run = batch.phase == Phase.CHECK
    rows = LeadBatchRow.objects.filter(batch=batch).of_run(is_dry_run=is_dry_run)
    rows = rows.filter(outcome=outcome if outcome in RowOutcome.values else RowOutcome.REFUSED)
    backwards = before.isdecimal()
    if backwards:
        rows = rows.filter(row_number__lt=int(before[:9]))
    elif after.isdecimal():
        rows = rows.filter(row_number__gt=int(after[:9]))
    items = list(rows.order_by("-row_number" if backwards else "row_number")[: ROWS_PER_PAGE + 1])
    more, items = len(items) > ROWS_PER_PAGE, items[:ROWS_PER_PAGE]
    if backwards:
        items.reverse()
    has_next, has_previous = (True, more) if backwards else (more, after.isdecimal())
    kind = {"outcome": outcome} if outcome else {}
    return Page(
        items,
        previous_query=f"?{urlencode({**kind, 'before': items[0].row_number})}" if items and has_previous else "",
        next_query=f"?{urlencode({**kind, 'after': items[-1].row_number})}" if items and has_next else "",
    )


@dataclass(frozen=True)
class UndoPreview:
    """What undoing would do; ``worked_on`` is None when counting would take too long."""

    made: int
    changed: int
    worked_on: int | None
    can_remove_all: bool


def undo_preview(batch: LeadBatch, user: User) -> UndoPreview:
    """Say beforehand what undoing an import will do."""
    made = batch.successful_imports
    worked_on = None
    if made <= COUNTED_BEFORE_UNDO:
        leads = undoing.made_by(batch).reachable_by(user)
        made = leads.count()
        worked_on = undoing.worked_on(leads, batch).count()
    return UndoPreview(made, batch.updated_leads, worked_on, user.has_right(LeadPermission.DELETE))
