"""What one person asked the board to show: a pipeline and filters, read from the address."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar
from urllib.parse import urlencode

import psycopg
from django.db import OperationalError, connection, transaction
from django.http import Http404, QueryDict
from django.urls import reverse
from django.utils import timezone

from leadcrm.audit import settings
from leadcrm.core.request import OrganizationRequest
from leads import access
from leads.filters import LeadFilter
from leads.lists import MOST_FOUND, MOST_LOOKED_AT, Quick, quick_filters
from leads.models import Lead, Pipeline, PipelineStage
from leads.names import stages_in_order
from leads.permissions import LeadPermission
from leads.querysets import LeadQuerySet
from leads.reports import board as figures
from leads.reports import cards
from leads.reports.counts import TOTALLED

T = TypeVar("T")

# What fits on a screen comes with the page, the rest of the first fifty when somebody scrolls towards it.
FIRST, MORE = 10, 40
# So many leads are counted and put in order faster than they are met in the order of the columns.
FEW = 20_000
# How long to look for the top of the columns in their order, and how long to count, before giving up.
LOOK_MS, COUNT_MS = 1_500, 5_000


@dataclass(frozen=True)
class Column:
    head: figures.Head
    cards: list[cards.Card]
    more_url: str


class Board:
    """The board for one address.

    Raises: PermissionDenied; Http404 for a pipeline that is not there.
    """

    def __init__(self, request: OrganizationRequest, params: QueryDict | None = None) -> None:
        access.require(request, LeadPermission.VIEW)
        self.user, self.organization = request.user, request.organization
        self.params = request.GET if params is None else params
        self.now = timezone.now()
        everything: LeadQuerySet = Lead.objects.alive()
        self.filters = LeadFilter(self.params, everything, user=self.user, kept=self.look)
        self.words = self.filters.words  # reads the filters, so that their problems are known
        self.problems = list(self.filters.problems)

    # --- the address --------------------------------------------------------------------------

    @property
    def look(self) -> list[tuple[str, str]]:
        """Return the parameters that are no filters."""
        chosen = self.params.get("pipeline", "")
        return [("pipeline", chosen)] if chosen else []

    @property
    def query(self) -> str:
        """Return the address of this board."""
        return urlencode([*self.filters.pairs, *self.look])

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """Return what the search form has to carry on."""
        return [*((name, value) for name, value in self.filters.pairs if name != "q"), *self.look]

    @cached_property
    def quick(self) -> list[Quick]:
        return quick_filters(self.filters)

    # --- the columns --------------------------------------------------------------------------

    @cached_property
    def pipelines(self) -> list[Pipeline]:
        return list({stage.pipeline_id: stage.pipeline for stage in stages_in_order()}.values())

    @cached_property
    def pipeline(self) -> Pipeline | None:
        """The pipeline that the address names, else the default one."""
        chosen = self.params.get("pipeline", "")
        found = next((one for one in self.pipelines if str(one.pk) == chosen), None)
        if chosen and found is None:
            raise Http404("There is no such pipeline.")
        return found or next((one for one in self.pipelines if one.is_default), next(iter(self.pipelines), None))

    @cached_property
    def stages(self) -> list[PipelineStage]:
        return [stage for stage in stages_in_order() if self.pipeline and stage.pipeline_id == self.pipeline.pk]

    @property
    def stages_in_question(self) -> list[PipelineStage]:
        """Return the stages that can hold what the filters let through: the others are not searched in vain."""
        applied = self.filters.applied
        stages = self.stages
        if "status" in applied:
            stages = [stage for stage in stages if stage.status in applied["status"]]
        if "stage" in applied:
            stages = [stage for stage in stages if stage.pk in applied["stage"]]
        only_open = "attention" in applied or applied.get("next_step") in ("overdue", "none")
        if only_open or applied.get("close") == "overdue":
            stages = [stage for stage in stages if not stage.is_closed]
        return stages

    # --- the leads ----------------------------------------------------------------------------

    @property
    def is_filtered(self) -> bool:
        return self.filters.is_filtered

    @property
    def idle_after(self) -> int:
        return int(settings.get("leads.idle_days"))

    @cached_property
    def leads(self) -> LeadQuerySet:
        """Return every lead that the filters let through, whoever may see it."""
        if not self.words:
            return self.filters.qs
        limit = MOST_FOUND if len(self.filters.applied) == 1 else MOST_LOOKED_AT
        found = Lead.objects.all().ids_found_by(self.words, user=self.user, limit=limit)
        if len(found) == limit:
            self.problems.append(f"Only the {limit:,} best matches of the search are on the board.")
        return self.filters.qs_without_search.among(found)

    @cached_property
    def ranges(self) -> list[LeadQuerySet]:
        return self.leads.ranges_of(self.user)

    @cached_property
    def is_few(self) -> bool:
        """Tell whether the filters leave so few leads that all of them can be read."""
        if not self.is_filtered or TOTALLED.issuperset(self.filters.applied):
            return False
        return bool(self.words) or figures.estimate(self.ranges) <= FEW

    # --- what is shown ------------------------------------------------------------------------

    def heads(self, stages: Sequence[PipelineStage] | None = None, *, wait: bool = True) -> list[figures.Head]:
        """Return the heads of the columns; without ``wait`` their figures are left out when they take long."""
        wanted = self.stages if stages is None else list(stages)
        currency = self.organization.currency
        applied = self.filters.applied
        known = figures.heads_of(wanted, self.user, currency=currency, filters=applied)
        if known is not None:
            return known
        if not (self.is_few or wait):
            return [figures.Head(stage, None) for stage in wanted]
        asked, few = self.stages_in_question, self.is_few

        def count() -> list[figures.Head]:
            return figures.heads_counted(asked, self.ranges, currency=currency, few=few)

        counted = count() if few else within(COUNT_MS, count)
        if counted is None:
            return [figures.Head(stage, None) for stage in wanted]
        by_stage = {head.stage.pk: head for head in counted}
        return [by_stage.get(stage.pk, figures.Head(stage)) for stage in wanted]

    def columns(self, heads: Sequence[figures.Head]) -> list[Column]:
        """Return the columns with their first cards."""
        pages = self._first_pages(few=self.is_few)
        if pages is None:  # what was looked for lies deep in its columns, so it is looked for everywhere
            pages = self._first_pages(few=True)
        empty = cards.Page([], None)
        found = [(head, (pages or {}).get(head.stage.pk, empty)) for head in heads]
        return [Column(head, page.cards, self.more_url(head.stage, page)) for head, page in found]

    def _first_pages(self, *, few: bool) -> dict[uuid.UUID, cards.Page] | None:
        def read() -> dict[uuid.UUID, cards.Page]:
            return cards.first_pages(
                self.ranges, self.stages_in_question, size=FIRST, idle_after=self.idle_after, at=self.now, few=few
            )

        # What the totals know by heart, the indexes of the board know as well.
        is_safe = few or TOTALLED.issuperset(self.filters.applied)
        return read() if is_safe else within(LOOK_MS, read)

    def next_page(self, stage: PipelineStage, after: cards.Place | None) -> cards.Page:
        return cards.next_page(self.ranges, stage, after, size=MORE, idle_after=self.idle_after, at=self.now)

    def more_url(self, stage: PipelineStage, page: cards.Page) -> str:
        if page.after is None:
            return ""
        query = urlencode([*self.filters.pairs, *self.look, ("after", str(page.after))])
        return f"{reverse('leads:board_column', args=[stage.pk])}?{query}"

    def card(self, pk: uuid.UUID) -> cards.Card | None:
        """Return the card of a lead, or None when it is not on this board."""
        card = cards.one_card(self.leads.reachable_by(self.user), pk, idle_after=self.idle_after, at=self.now)
        return card if card is not None and card.stage_id in {stage.pk for stage in self.stages} else None

    def everything(self) -> list[LeadQuerySet]:
        """Return what the figures of the whole pipeline are about: filters do not change them."""
        ranges = Lead.objects.alive().ranges_of(self.user)
        if len(self.pipelines) > 1:
            ranges = [leads.filter(stage__in=self.stages) for leads in ranges]
        return ranges


def within(milliseconds: int, read: Callable[[], T]) -> T | None:
    """Return what ``read`` returns, or None when PostgreSQL needs longer than that for a statement of it."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {milliseconds:d}")
            found = read()
            cursor.execute("SET LOCAL statement_timeout TO DEFAULT")  # that of the role
            return found
    except OperationalError as problem:
        if isinstance(problem.__cause__, psycopg.errors.QueryCanceled):
            return None
        raise
