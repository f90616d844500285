"""Take a file through its chunks: each is judged and written in one transaction together with the counts.

A chunk that is committed is never done again, one that is not leaves nothing behind; so a worker may die at any
moment, and whoever goes on starts behind ``next_row``.
"""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.db import DatabaseError, DataError, IntegrityError, connection
from django.utils import timezone

from leadcrm.core import live, tenancy
from leads.importing.problems import Problem, Severity
from leads.models import Lead, LeadBatch, LeadBatchChange, LeadBatchRow, Tag
from leads.models.lead import POSITION_GAP
from leads.services import jobs, tagging
from leads.services.importing import inserting, matching, updating
from leads.services.importing.companies import Companies
from leads.services.importing.drafting import Drafter
from leads.services.importing.keysets import KeySet
from leads.services.importing.listing import Listing
from leads.services.importing.matching import Fate, Seen, Verdict
from leads.services.importing.parsing import CHUNK_ROWS, MOST_KEPT, MOST_UNKNOWN, ReadAhead, chunks
from leads.services.importing.plans import ImportPlan, plan_of
from leads.services.importing.rows import Chunk, LeadRow
from leads.services.importing.states import COUNTERS, organization_of

STATEMENT_SECONDS = 300
MOST_TRIES = 5
MOST_TAGS = 1_000
# The first part of the lock's key; the second one is the organisation.
LOCK = 0x1EAD


class Overlay:
    """Keys of a chunk on top of those before it; dropped with the chunk when it fails."""

    def __init__(self, below: Seen) -> None:
        self._below = below
        self._own: set[Any] = set()

    def __contains__(self, key: Any) -> bool:
        return key in self._own or key in self._below

    def add(self, key: Any) -> None:
        self._own.add(key)

    def settle(self) -> None:
        """Keep the keys for the chunks that follow."""
        for key in self._own:
            self._below.add(key)


@dataclass
class Run:
    """The state of one run that lives as long as the worker does; all of it can be rebuilt."""

    plan: ImportPlan
    is_dry_run: bool
    drafter: Drafter
    companies: Companies
    seen: Seen
    touched: Seen
    listed: Counter[str]
    tag_ids: dict[str, uuid.UUID] = field(default_factory=dict)


def run(job: LeadBatch, *, is_dry_run: bool) -> None:
    """Bring a claimed import to its end.

    Raises: Cancelled, LeaseLost; FileProblem, DomainError and database errors that concern the file as a whole.
    """
    with tenancy.organization_scope(organization_of(job), actor_id=job.requested_by_id):
        job = jobs.renew(job)
        if is_dry_run:
            _forget_dry_run(job)
        state = _begin(job, is_dry_run=is_dry_run)
        after = job.next_row
    drafter = None if is_dry_run else state.drafter
    source = chunks(job, state.plan, after=after, size=CHUNK_ROWS, drafter=drafter)
    with ReadAhead(source) as ready:
        for chunk in ready:
            _refresh_statistics(job)
            commit(job, state, chunk)


def _refresh_statistics(job: LeadBatch) -> None:
    """Let the planner know how the table grows: without that, looking up keys in a new table walks through all of it.

    In a transaction of its own, because a chunk that is rolled back would take the statistics with it.
    """
    with tenancy.organization_scope(organization_of(job)), connection.cursor() as cursor:
        cursor.execute("SELECT refresh_statistics(%s)", [Lead._meta.db_table])


def _forget_dry_run(job: LeadBatch) -> None:
    """Start a dry run from the first row: what it counts lives in memory."""
    LeadBatchRow.objects.filter(batch=job, is_dry_run=True).delete()
    for name in COUNTERS:
        setattr(job, name, 0)
    job.next_row = job.progress_done = 0
    job.report = {key: value for key, value in job.report.items() if key == "words"}
    job.save()


def _begin(job: LeadBatch, *, is_dry_run: bool) -> Run:
    plan = plan_of(job, now=timezone.now())
    started = job.started_at or timezone.now()
    listed: Counter[str] = Counter()
    for outcome in LeadBatchRow.objects.filter(batch=job, is_dry_run=is_dry_run).values_list("outcome", flat=True):
        listed[outcome] += 1
    touched: Seen = KeySet()
    if not is_dry_run:
        for lead_id in LeadBatchChange.objects.filter(batch=job).values_list("lead_id", flat=True).iterator():
            touched.add(("lead", str(lead_id)))
    return Run(
        plan=plan,
        is_dry_run=is_dry_run,
        # The first row of the file lies on top of the board, the last one below it.
        drafter=Drafter(plan, top=-int(started.timestamp() * 1_000_000) * POSITION_GAP),
        companies=Companies(plan),
        # A dry run writes no leads in which a later row would be found.
        seen=KeySet(job.shape.get("row_estimate", 0)) if is_dry_run else set(),
        touched=touched,
        listed=listed,
    )


def commit(job: LeadBatch, state: Run, chunk: Chunk) -> None:
    """Write a chunk. When the database refuses it, find the row that is to blame and refuse that row alone."""
    try:
        _commit_with_patience(job, state, chunk)
    except (DataError, IntegrityError) as error:
        if len(chunk.rows) == 1:
            row = chunk.rows[0]
            refused = LeadRow(row.number, row.cells, problems=(_refusal(error),), is_refused=True)
            _commit_with_patience(job, state, Chunk([refused], chunk.last_row))
            return
        middle = len(chunk.rows) // 2
        first, second = chunk.rows[:middle], chunk.rows[middle:]
        commit(job, state, Chunk(first, first[-1].number, chunk.columns, chunk.unknown, chunk.kept))
        commit(job, state, Chunk(second, chunk.last_row, chunk.columns))


def _commit_with_patience(job: LeadBatch, state: Run, chunk: Chunk) -> None:
    """Write a chunk; repeat it when somebody else got in the way."""
    for attempt in range(1, MOST_TRIES + 1):
        seen: Seen = Overlay(state.seen) if state.is_dry_run else set()
        touched, listed = Overlay(state.touched), Counter(state.listed)
        try:
            with tenancy.organization_scope(organization_of(job), actor_id=job.requested_by_id):
                _write(job, state, chunk, seen=seen, touched=touched, listed=listed)
        except DatabaseError as error:
            # Tags that were made in this transaction are gone with it.
            state.tag_ids.clear()
            if attempt == MOST_TRIES or not _is_passing(error):
                raise
            continue
        if isinstance(seen, Overlay):
            seen.settle()
        touched.settle()
        state.listed = listed
        return


def _is_passing(error: Exception) -> bool:
    """Tell whether the same chunk may succeed now: a deadlock, or a lead that came in by another way meanwhile."""
    cause = error.__cause__
    state = getattr(cause, "sqlstate", "")
    return state in {"40001", "40P01"} or (state == "23505" and "external_id" in str(error))


def _refusal(error: Exception) -> Problem:
    said = str(error.__cause__ or error).strip().splitlines()[0]
    return Problem(
        None, "", "", "refused_by_database", f"The database does not accept this row: {said}", Severity.ERROR
    )


def _write(job: LeadBatch, state: Run, chunk: Chunk, *, seen: Seen, touched: Seen, listed: Counter[str]) -> None:
    plan = state.plan
    _prepare_transaction(plan, locks=not state.is_dry_run)
    batch = jobs.renew(job, progress_done=job.progress_done + len(chunk.rows))
    listing = Listing(plan, is_dry_run=state.is_dry_run, counts=listed)
    usable = [row for row in chunk.rows if not row.is_refused]
    for row in chunk.rows:
        if row.is_refused:
            listing.refuse(row)
    verdicts = matching.judge(plan, usable, seen=seen, touched=touched)
    _learn_tags(state, usable)
    fresh = [verdict.row for verdict in verdicts if verdict.fate is Fate.NEW]
    known = [verdict for verdict in verdicts if verdict.fate is Fate.UPDATE]
    changes = updating.changes_of(plan, known, tag_ids=state.tag_ids, lock=not state.is_dry_run)
    if not state.is_dry_run:
        if plan.rules.complete_companies:
            state.companies.complete(fresh)
        inserting.write(plan, state.drafter, fresh, chunk.columns, tag_ids=state.tag_ids)
        updating.write(plan, changes)
    _list(listing, verdicts)
    listing.write()
    _count(batch, chunk, verdicts, len(fresh), len(changes), known=len(known))
    batch.attempts = 1  # it is making progress, so earlier deaths say nothing about this file
    batch.save(
        update_fields=[*COUNTERS, "next_row", "progress_done", "lease_until", "attempts", "report", "updated_at"]
    )
    job.progress_done, job.next_row = batch.progress_done, batch.next_row
    live.announce("job", id=job.pk)


def _prepare_transaction(plan: ImportPlan, *, locks: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = '{STATEMENT_SECONDS}s'")
        # Everything here looks single leads up by a key, and the planner takes a search index that nobody has
        # vacuumed yet to cost nothing: it would read all leads of the organisation for each row, through a bitmap.
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        if locks:
            # Larger steps of the search indexes: the list of what is pending is merged in fewer, cheaper rounds.
            cursor.execute("SET LOCAL gin_pending_list_limit = '16MB'")
            # Two imports at once must not both find that a lead is new.
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [LOCK, str(plan.organization_id)])


def _learn_tags(state: Run, rows: list[LeadRow]) -> None:
    """Look up the tags of the rows, creating new ones; a file with no end of different tags is cut off."""
    wanted: dict[str, str] = {}
    for names in (state.plan.rules.tags, *(row.tags for row in rows if row.tags)):
        for name in names:
            wanted.setdefault(name.lower(), name)
    missing = [name for key, name in wanted.items() if key not in state.tag_ids]
    missing = missing[: max(0, MOST_TAGS - len(state.tag_ids))]
    if not missing:
        return
    if state.is_dry_run:
        # Nothing is made; a tag that is missing only has to be told from those that a lead has.
        state.tag_ids.update({name.lower(): uuid.uuid4() for name in missing})
        state.tag_ids.update((tag.name.lower(), tag.pk) for tag in Tag.objects.all() if tag.name.lower() in wanted)
        return
    for tag in tagging.tags_named(missing):
        state.tag_ids[tag.name.lower()] = tag.pk


def _list(listing: Listing, verdicts: list[Verdict]) -> None:
    for verdict in verdicts:
        if verdict.fate not in {Fate.NEW, Fate.UPDATE}:
            listing.skip(verdict)
        elif verdict.row.problems:
            listing.warn(verdict.row)


def _count(batch: LeadBatch, chunk: Chunk, verdicts: list[Verdict], fresh: int, changed: int, *, known: int) -> None:
    fates = Counter(verdict.fate for verdict in verdicts)
    batch.total_leads += len(chunk.rows)
    batch.successful_imports += fresh
    batch.updated_leads += changed
    batch.failed_imports += sum(row.is_refused for row in chunk.rows)
    batch.duplicates_skipped += sum(count for fate, count in fates.items() if fate not in {Fate.NEW, Fate.UPDATE})
    batch.warning_count += sum(
        1 for verdict in verdicts if verdict.fate in {Fate.NEW, Fate.UPDATE} and verdict.row.problems
    )
    batch.next_row = chunk.last_row
    report = dict(batch.report)
    details: Counter[str] = Counter(report.get("details", {}))
    details.update({fate.value: count for fate, count in fates.items() if fate not in {Fate.NEW, Fate.UPDATE}})
    details["unchanged"] += known - changed
    report["details"] = dict(details)
    unknown = {target: dict(words) for target, words in report.get("unknown", {}).items()}
    for target, words in chunk.unknown.items():
        mine = unknown.setdefault(target, {})
        for word, count in words.items():
            if word in mine or len(mine) < MOST_UNKNOWN:
                mine[word] = mine.get(word, 0) + count
    report["unknown"] = unknown
    report["kept"] = sorted({*report.get("kept", []), *chunk.kept})[:MOST_KEPT]
    batch.report = report
