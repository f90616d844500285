"""The board: a column for each stage of a pipeline."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from leadcrm.audit import settings
from leadcrm.core import money
from leadcrm.core.htmx import render
from leadcrm.core.navigation import wants_fragment
from leadcrm.core.request import OrganizationRequest
from leads import access
from leads.models import Lead, Pipeline, PipelineStage
from leads.permissions import LeadPermission
from leads.querysets import LeadQuerySet
from leads.reports import board as figures
from leads.reports import cards

NIL = "00000000-0000-0000-0000-000000000000"
# What fits on a screen comes with the page, the rest of the first fifty when somebody scrolls towards it.
FIRST, MORE = 10, 40


@dataclass(frozen=True)
class Column:
    head: figures.Head
    cards: list[cards.Card]
    more_url: str


@dataclass(frozen=True)
class Kpi:
    """A figure of ``components/kpi.html``."""

    label: str
    value: str
    note: str = ""
    delta: str = ""
    direction: str = ""
    url: str = ""


class Board:
    """What one person asked to see: a pipeline, and the leads in it that they may see."""

    def __init__(self, request: OrganizationRequest, params: QueryDict | None = None) -> None:
        access.require(request, LeadPermission.VIEW)
        self.request, self.user = request, request.user
        self.params = request.GET if params is None else params
        self.now = timezone.now()

    @cached_property
    def all_stages(self) -> list[PipelineStage]:
        return list(PipelineStage.objects.select_related("pipeline").in_order())

    @cached_property
    def pipelines(self) -> list[Pipeline]:
        return list({stage.pipeline_id: stage.pipeline for stage in self.all_stages}.values())

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
        return [stage for stage in self.all_stages if self.pipeline and stage.pipeline_id == self.pipeline.pk]

    @cached_property
    def leads(self) -> LeadQuerySet:
        """Every lead that the filters leave, whoever may see it."""
        leads: LeadQuerySet = Lead.objects.alive()
        return leads

    @property
    def is_filtered(self) -> bool:
        return False

    @cached_property
    def ranges(self) -> list[LeadQuerySet]:
        return self.leads.ranges_of(self.user)

    @property
    def idle_after(self) -> int:
        return int(settings.get("leads.idle_days"))

    @property
    def query(self) -> str:
        """Return the filters for an address, without what belongs to one answer only."""
        kept = self.params.copy()
        for name in ("after",):
            kept.pop(name, None)
        return kept.urlencode()

    def heads(self, stages: Sequence[PipelineStage] | None = None) -> list[figures.Head]:
        wanted = self.stages if stages is None else stages
        currency = self.request.organization.currency
        if self.is_filtered:
            return figures.heads_of_filtered(wanted, self.ranges, currency=currency)
        return figures.heads_of(wanted, self.user, currency=currency)

    def columns(self, heads: Sequence[figures.Head]) -> list[Column]:
        pages = cards.first_pages(self.ranges, self.stages, size=FIRST, idle_after=self.idle_after, at=self.now)
        return [
            Column(head, pages[head.stage.pk].cards, self.more_url(head.stage, pages[head.stage.pk])) for head in heads
        ]

    def more_url(self, stage: PipelineStage, page: cards.Page) -> str:
        if page.after is None:
            return ""
        params = self.params.copy()
        params["after"] = str(page.after)
        return f"{reverse('leads:board_column', args=[stage.pk])}?{params.urlencode()}"

    def kpis(self, heads: Sequence[figures.Head]) -> list[Kpi]:
        whole = figures.pipeline_of(heads)
        ranges = Lead.objects.alive().ranges_of(self.user)
        if len(self.pipelines) > 1:
            ranges = [leads.filter(stage__in=self.stages) for leads in ranges]
        late = figures.attention(ranges, at=self.now, idle_after=self.idle_after)
        return [
            Kpi(
                "Open pipeline",
                _main(whole.amounts, "total", self),
                _others(whole.amounts, "total", f"{whole.count:,} open leads"),
            ),
            Kpi(
                "Weighted forecast",
                _main(whole.amounts, "weighted", self),
                _others(whole.amounts, "weighted", "by the chance of each stage"),
            ),
            _win_rate(figures.win_rate(ranges, at=self.now)),
            Kpi(
                "Need attention",
                f"{late.count:,}+" if late.is_capped else f"{late.count:,}",
                "late, idle or no next step",
            ),
        ]

    def card_context(self) -> dict[str, Any]:
        return {
            "lead_url": reverse("leads:lead_detail", args=[NIL]).removesuffix(f"{NIL}/"),
            "can_move": self.user.has_right(LeadPermission.EDIT),
        }


def _main(amounts: Sequence[figures.Amount], name: str, board: Board) -> str:
    if not amounts:
        return money.show_short(0, board.request.organization.currency)
    return money.show_short(getattr(amounts[0], name), amounts[0].currency)


def _others(amounts: Sequence[figures.Amount], name: str, note: str) -> str:
    more = [f"+ {money.show_short(getattr(one, name), one.currency)}" for one in amounts[1:4]]
    return " · ".join([*more, note])


def _win_rate(rate: figures.WinRate) -> Kpi:
    label = f"Win rate, {figures.WIN_RATE_DAYS} days"
    if rate.percent is None:
        return Kpi(label, "–", "nothing was closed yet")
    note = (
        f"of the newest {rate.won + rate.lost:,} closed"
        if rate.is_capped
        else f"{rate.won:,} of {rate.won + rate.lost:,} won"
    )
    if rate.percent_before is None:
        return Kpi(label, f"{rate.percent} %", note)
    change = rate.percent - rate.percent_before
    direction = "up" if change > 0 else "down" if change < 0 else ""
    delta = f"{change:+d} pt" if change else ""
    return Kpi(
        label,
        f"{rate.percent} %",
        f"against the {figures.WIN_RATE_DAYS} days before · {note}" if change else note,
        delta,
        direction,
    )


@require_safe
def home(request: OrganizationRequest) -> HttpResponse:
    """Lead to the board, where the work is."""
    return HttpResponseRedirect(reverse("leads:board"))


@require_safe
def board(request: OrganizationRequest) -> HttpResponse:
    """Show the board."""
    view = Board(request)
    heads = view.heads()
    context = {
        "board": view,
        "columns": view.columns(heads),
        "kpis": view.kpis(heads),
        "nil": NIL,
        **view.card_context(),
    }
    return render(request, "leads/board.html", context, partial="board")


@require_safe
def board_figures(request: OrganizationRequest) -> HttpResponse:
    """Return the heads of the columns and the figures above them, each to be put where its id is."""
    view = Board(request)
    heads = view.heads()
    return render(request, "leads/_board_figures.html", {"board": view, "heads": heads, "kpis": view.kpis(heads)})


@require_safe
def board_column(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Return the next cards of a column; without htmx they are a page."""
    view = Board(request)
    stage = access.get_stage(request, pk)
    try:
        text = request.GET.get("after", "")
        after = cards.Place.parse(text) if text else None
    except ValueError as unreadable:
        raise Http404("That page of the column does not exist.") from unreadable
    page = cards.next_page(view.ranges, stage, after, size=MORE, idle_after=view.idle_after, at=view.now)
    context = {
        "board": view,
        "stage": stage,
        "cards": page.cards,
        "more_url": view.more_url(stage, page),
        **view.card_context(),
    }
    return render(request, "leads/_cards.html" if wants_fragment(request) else "leads/board_column.html", context)


@require_safe
def lead_card(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Return the card of a lead, or 404 when it is not on this board."""
    view = Board(request)
    visible = view.leads.reachable_by(request.user)
    card = cards.one_card(visible, pk, idle_after=view.idle_after, at=view.now)
    if card is None or card.stage_id not in {stage.pk for stage in view.stages}:
        raise Http404("This lead is not on the board.")
    return render(request, "leads/lead_card.html", {"cards": [card], **view.card_context()})


def heads_html(request: OrganizationRequest, heads: Sequence[figures.Head]) -> str:
    """Return heads of columns that htmx puts where they belong, whatever else the answer is."""
    return render_to_string("leads/_board_figures.html", {"heads": heads}, request=request)
