"""What one person asked the list to show: filters, order, page and columns, read from the address."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from leadcrm.core.pager import Page
from leadcrm.core.paging import BadCursor, Cursor, Order, Slice, read_cursor, slice_of
from leadcrm.core.request import OrganizationRequest
from leads import access, tables
from leads.filters import LeadFilter
from leads.models import Lead
from leads.names import custom_fields_in_use, stages_in_order
from leads.permissions import LeadPermission
from leads.querysets import LeadQuerySet
from leads.reports import counts

SIZES = (25, 50, 100)
USUAL_SIZE, LARGEST_SIZE = 50, 200
# A search shows so many; where filters thin the matches out, it looks at more of them first.
MOST_FOUND, MOST_LOOKED_AT = 500, 5_000


@dataclass(frozen=True)
class Quick:
    """A filter of one click: what it is called, where it leads, and whether it is in force."""

    label: str
    url: str
    is_on: bool


class LeadList:
    """The list for one address. What is asked for first is read from the database first."""

    def __init__(self, request: OrganizationRequest) -> None:
        self.user, self.params = request.user, request.GET
        self.problems: list[str] = []
        self.size = self._size()
        self.sort = self._sort()
        self.filters = LeadFilter(self.params, access.visible_leads(request), user=self.user, kept=self.look)
        self.words = self.filters.words  # reads the filters, so that their problems are known
        self.problems += self.filters.problems

    # --- the address --------------------------------------------------------------------------

    @property
    def look(self) -> list[tuple[str, str]]:
        """Return the parameters that change how the list looks and not what is in it."""
        look = [("sort", self.sort)] if self.sort else []
        return [*look, ("page_size", str(self.size))] if self.size != USUAL_SIZE else look

    @property
    def query(self) -> str:
        """Return the address of these leads in this order, without its place."""
        return urlencode([*self.filters.pairs, *self.look])

    @property
    def here(self) -> str:
        """Return the address of this very page."""
        place = [(name, self.params[name]) for name in ("after", "before", "page") if self.params.get(name)]
        return "?" + urlencode([*self.filters.pairs, *self.look, *place])

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """Return what the search form has to carry on."""
        return [*((name, value) for name, value in self.filters.pairs if name != "q"), *self.look]

    @property
    def order(self) -> Order | None:
        """Return the order in force; None is by how well a lead matches."""
        return None if self.words and not self.sort else tables.ORDERS[self.sort or tables.DEFAULT_SORT]

    @property
    def sort_shown(self) -> str:
        """Return the order for the heads of the columns."""
        return self.order.name if self.order else ""

    @cached_property
    def quick(self) -> list[Quick]:
        return quick_filters(self.filters)

    def _size(self) -> int:
        text = self.params.get("page_size", "")
        if not text:
            return USUAL_SIZE
        if text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= LARGEST_SIZE:
            return int(text)
        self.problems.append(f"A page has 1 to {LARGEST_SIZE} leads; this one has {USUAL_SIZE}.")
        return USUAL_SIZE

    def _sort(self) -> str:
        text = self.params.get("sort", "")
        if not text or text in tables.ORDERS:
            return text
        self.problems.append("The list cannot be put in that order; the newest come first.")
        return ""

    # --- the rows -----------------------------------------------------------------------------

    @cached_property
    def columns(self) -> list[tables.Column]:
        names = tables.saved_columns(self.user)
        own = custom_fields_in_use() if any(name.startswith(tables.CUSTOM) for name in names) else []
        return tables.chosen_columns(names, own)

    @cached_property
    def found(self) -> list[uuid.UUID]:
        """Return the leads that a search finds, the best first, as far as they are shown."""
        if len(self.filters.applied) == 1:
            return Lead.objects.all().ids_found_by(self.words, user=self.user, limit=MOST_FOUND)
        ids = Lead.objects.all().ids_found_by(self.words, user=self.user, limit=MOST_LOOKED_AT)
        if len(ids) == MOST_LOOKED_AT:
            self.problems.append(f"The filters were applied to the {MOST_LOOKED_AT:,} best matches of the search only.")
        kept = set(self.filters.qs_without_search.among(ids).values_list("pk", flat=True))
        return [pk for pk in ids if pk in kept][:MOST_FOUND]

    @cached_property
    def slice(self) -> Slice:
        """Return the leads of the page."""
        order = self.order
        leads = tables.read_for(self.filters.qs_without_search, self.columns, order)
        if order is None:
            return self._best(leads)
        if self.words:
            leads = leads.among(self.found)
        after, before = self._cursor("after", order), self._cursor("before", order)
        return slice_of(leads, order, size=self.size, after=after, before=None if after else before)

    def _best(self, leads: LeadQuerySet) -> Slice:
        start = (self._number() - 1) * self.size
        ids = self.found[start : start + self.size]
        rows = {lead.pk: lead for lead in leads.among(ids)} if ids else {}
        return Slice([rows[pk] for pk in ids if pk in rows], start + 1)

    def _number(self) -> int:
        text = self.params.get("page", "")
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 1
        last = max(1, -(-len(self.found) // self.size))
        return min(max(1, number), last)

    def _cursor(self, name: str, order: Order) -> Cursor | None:
        text = self.params.get(name, "")
        if not text:
            return None
        try:
            return read_cursor(text, order=order, model=Lead)
        except BadCursor:
            self.problems.append("The address of this page cannot be read; this is the first page.")
            return None

    @cached_property
    def rows(self) -> list[tables.Row]:
        return tables.rows_of(self.slice.rows, self.columns, stages_in_order(), selectable=self.can_bulk)

    @property
    def can_bulk(self) -> bool:
        """Tell whether rows can be selected."""
        return self.user.has_right(LeadPermission.BULK)

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing at all, with no filter to blame."""
        return not self.slice.rows and not self.filters.is_filtered

    # --- how many -----------------------------------------------------------------------------

    @cached_property
    def total(self) -> counts.Count | None:
        """Return how many leads there are when that is known at no great cost, else None."""
        if self.words:
            return counts.Count(len(self.found))
        if not self.slice.after:
            return counts.up_to(self.slice.end if self.slice.rows else 0)
        statuses = {stage.pk: stage.status for stage in stages_in_order()}
        return counts.from_totals(self.user, self.filters.applied, statuses)

    def count(self) -> counts.Count:
        """Count, whatever it costs (it stops after ten thousand)."""
        return self.total or counts.counted(self.filters.qs)

    @property
    def total_in_words(self) -> str:
        """Return the number with its noun, or nothing while it is not known."""
        return in_words(self.total, is_best=self.is_cut_off) if self.total else ""

    @property
    def is_cut_off(self) -> bool:
        """Tell whether a search found more than it shows."""
        return bool(self.words) and len(self.found) >= MOST_FOUND

    @property
    def shown(self) -> str:
        """Say which places of the list the page shows."""
        return f"{self.slice.start:,}–{self.slice.end:,}" if self.slice.rows else ""

    @property
    def pager(self) -> Page:
        return Page(self.rows, self._neighbour(-1), self._neighbour(+1), summary="")

    def _neighbour(self, step: int) -> str:
        if self.order is not None:
            name, cursor = ("after", self.slice.after) if step > 0 else ("before", self.slice.before)
            return "?" + urlencode([*self.filters.pairs, *self.look, (name, cursor)]) if cursor else ""
        number = self._number() + step
        if number < 1 or (number - 1) * self.size >= len(self.found):
            return ""
        return "?" + urlencode([*self.filters.pairs, *self.look, ("page", str(number))])


def quick_filters(filters: LeadFilter) -> list[Quick]:
    """Return the filters that most people want most often."""
    return [
        _quick(filters, "Mine", "owner", "me"),
        _quick(filters, "Unassigned", "owner", "unassigned"),
        _quick(filters, "Needs attention", "attention", "any"),
        _quick(filters, "Hot", "score_band", "hot"),
    ]


def _quick(filters: LeadFilter, label: str, name: str, value: str) -> Quick:
    is_on = [pair for pair in filters.pairs if pair[0] == name] == [(name, value)]
    others = [pair for pair in filters.pairs if pair[0] != name]
    wanted = others if is_on else [*others, (name, value)]
    return Quick(label, "?" + urlencode([*wanted, *filters.kept]), is_on)


def in_words(count: counts.Count, *, is_best: bool = False) -> str:
    """Say how many leads there are."""
    if is_best:
        return f"the {count.number:,} best matches"
    return "1 lead" if count.number == 1 and not count.is_capped else f"{count} leads"


def other_parameters(params: QueryDict) -> Iterator[tuple[str, Any]]:
    """Return the parameters of a list's address that a panel has to keep."""
    for name in ("sort", "page_size", "pipeline"):
        if params.get(name):
            yield name, params[name]
