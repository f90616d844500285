"""Read a file into chunks of rows that know what they want to say about a lead; no database is asked here."""

from __future__ import annotations

import queue
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

from leads.choices import LeadSource
from leads.importing.keys import plain_key
from leads.importing.problems import Problem, RowProblem, Severity
from leads.importing.reading import read_rows
from leads.models import LeadBatch
from leads.services.importing import files
from leads.services.importing.drafting import Drafter
from leads.services.importing.plans import ImportPlan
from leads.services.importing.rows import Chunk, LeadRow, keys_of
from leads.services.importing.shapes import layout_of

CHUNK_ROWS = 4_000
CHUNK_CHARACTERS = 8_000_000
MOST_UNKNOWN = 200
MOST_KEPT = 100
# Where leftovers of a row are kept among the custom fields, beside those of `leads.importing`.
OWNER_KEPT, TEAM_KEPT = "owner_original", "team_original"
KEPT_LABELS = {OWNER_KEPT: "Owner as imported", TEAM_KEPT: "Team as imported"}


class RowReader:
    """Turns cells into rows under one plan; with a ``drafter`` each knows what it is as a new lead."""

    def __init__(self, plan: ImportPlan, *, drafter: Drafter | None = None) -> None:
        self._plan, self._drafter = plan, drafter
        self._mapper = plan.mapper()
        self._own_fields = {column.custom_key for column in plan.columns if column.custom_key}
        # Words that nothing here stands for, and the custom fields that keep what fits nowhere else.
        self.unknown: dict[str, Counter[str]] = {}
        self.kept: set[str] = set()

    def read(self, number: int, cells: list[str]) -> LeadRow:
        mapped = self._mapper.map(cells)
        if mapped.is_refused:
            return LeadRow(number, cells, problems=mapped.problems, is_refused=True)
        plan, fields, custom = self._plan, mapped.fields, mapped.custom
        row = LeadRow(number, cells, fields, custom, mapped.tags, mapped.problems)
        status = fields.pop("status", None)
        if mapped.stage_key and (stage_id := plan.stage_of_word.get(_key(mapped.stage_key))):
            row.stage = plan.stages[stage_id]
        elif status is not None:
            row.stage = plan.stage_of_status.get(str(status)) or plan.default_stage
        if "status_original" in custom:
            self._note("status", custom["status_original"])
        if "stage_original" in custom:
            self._note("stage", custom["stage_original"])
        if mapped.owner_key:
            row.owner = plan.owner_of_word.get(_key(mapped.owner_key))
            if row.owner is None:
                custom[OWNER_KEPT] = mapped.owner_key
                self._note("owner", mapped.owner_key)
        if mapped.team_key:
            row.team_id = plan.team_of_word.get(_key(mapped.team_key))
            if row.team_id is None:
                custom[TEAM_KEPT] = mapped.team_key
                self._note("team", mapped.team_key)
        if "source" in fields:
            self._translate_source(row)
        if "external_id" in fields:
            fields.setdefault("external_source", plan.rules.external_source)
        else:
            # A system's name without an identifier says nothing.
            fields.pop("external_source", None)
        row.source = str(fields.get("external_source", ""))
        row.keys = keys_of(fields, plan.identities)
        if not custom.keys() <= self._own_fields and len(self.kept) < MOST_KEPT:
            self.kept |= custom.keys() - self._own_fields
        return row

    def take_chunk(self, rows: list[LeadRow], last_row: int) -> Chunk:
        """Return a chunk with what was noted since the one before."""
        columns: tuple[str, ...] = ()
        if self._drafter is not None:
            columns = self._drafter.columns_of(rows)
            for row in rows:
                if not row.is_refused:
                    row.draft = self._drafter.draft(row, columns)
        chunk = Chunk(rows, last_row, columns, self.unknown, self.kept)
        self.unknown, self.kept = {}, set()
        return chunk

    def _translate_source(self, row: LeadRow) -> None:
        word = row.custom.get("source_original") or row.fields["source"]
        chosen = self._plan.source_of_word.get(_key(str(word)))
        if chosen:
            row.fields["source"] = chosen
        elif row.fields["source"] == LeadSource.OTHER and "source_original" in row.custom:
            self._note("source", str(word))

    def _note(self, target: str, word: Any) -> None:
        words = self.unknown.setdefault(target, Counter())
        if word in words or len(words) < MOST_UNKNOWN:
            words[str(word)] += 1


def _key(word: str) -> str:
    return plain_key(word) or word


def refused_row(number: int, problem: RowProblem) -> LeadRow:
    """Return a row that could not even be split into cells."""
    return LeadRow(
        number,
        [problem.text],
        problems=(Problem(None, "", "", problem.code, problem.message, Severity.ERROR),),
        is_refused=True,
    )


def chunks(
    batch: LeadBatch, plan: ImportPlan, *, after: int, size: int = CHUNK_ROWS, drafter: Drafter | None = None
) -> Iterator[Chunk]:
    """Yield the rows behind row ``after`` in chunks; a dry run needs no drafts.

    Raises: FileProblem when the file is gone.
    """
    reader = RowReader(plan, drafter=drafter)
    with files.open_table(batch) as file:
        rows: list[LeadRow] = []
        held = last = 0
        for number, cells in read_rows(file, layout_of(batch), after=after):
            rows.append(refused_row(number, cells) if isinstance(cells, RowProblem) else reader.read(number, cells))
            held += sum(map(len, rows[-1].cells))
            last = number
            if len(rows) >= size or held >= CHUNK_CHARACTERS:
                yield reader.take_chunk(rows, last)
                rows, held = [], 0
        if rows:
            yield reader.take_chunk(rows, last)


class ReadAhead:
    """Reads the next chunk in a thread while the current one is being written.

    PostgreSQL works in another process and the driver waits for it without holding the interpreter, so reading
    costs nearly nothing beside writing. At most one chunk lies ready, whatever the size of the file.
    """

    _END = object()

    def __init__(self, source: Iterator[Chunk]) -> None:
        self._source = source
        self._ready: queue.Queue[Any] = queue.Queue(maxsize=1)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="import-reader", daemon=True)

    def __enter__(self) -> Iterator[Chunk]:
        self._thread.start()
        return self._take()

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        while self._thread.is_alive():
            # The reader may be waiting for room: make some until it notices that nobody wants more.
            try:
                self._ready.get(timeout=0.05)
            except queue.Empty:
                continue
        self._thread.join()

    def _run(self) -> None:
        try:
            for chunk in self._source:
                self._put(chunk)
                if self._stopped.is_set():
                    return
            self._put(self._END)
        except BaseException as error:  # noqa: BLE001 — handed over to the thread that asked
            self._put(error)

    def _put(self, item: object) -> None:
        while not self._stopped.is_set():
            try:
                self._ready.put(item, timeout=0.2)
            except queue.Full:
                continue
            return

    def _take(self) -> Iterator[Chunk]:
        while True:
            item = self._ready.get()
            if item is self._END:
                return
            if isinstance(item, BaseException):
                raise item
            yield item
