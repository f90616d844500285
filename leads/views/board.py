"""The board: a column for each stage of a pipeline."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_safe

from leadcrm.core import money
from leadcrm.core.htmx import render, trigger
from leadcrm.core.navigation import wants_fragment
from leadcrm.core.request import OrganizationRequest
from leads import access
from leads.boards import Board
from leads.permissions import LeadPermission
from leads.reports import board as figures
from leads.reports import cards

NIL = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True)
class Kpi:
    """A figure of ``components/kpi.html``."""

    label: str
    value: str
    note: str = ""
    delta: str = ""
    direction: str = ""
    url: str = ""


@require_safe
def home(request: OrganizationRequest) -> HttpResponse:
    """Lead to where the work is: the board, or the admin for staff who belong to no organisation."""
    if request.user.organization_id is None and request.user.is_staff:
        return HttpResponseRedirect(reverse("admin:index"))
    return HttpResponseRedirect(reverse("leads:board"))


home.needs_organization = False  # type: ignore[attr-defined]  # it only sends people on


@require_safe
def board(request: OrganizationRequest) -> HttpResponse:
    """Show the board."""
    view = Board(request)
    heads = view.heads(wait=False)
    columns = view.columns(heads)
    is_counted = all(head.count is not None for head in heads)
    total = sum(head.count or 0 for head in heads)
    context = {
        "board": view,
        "columns": columns,
        # What is not counted yet comes later, and brings these figures along.
        "kpis": kpis(view, None if view.is_filtered else heads) if is_counted and not wants_fragment(request) else [],
        "is_counted": is_counted,
        "is_empty": is_counted and not total,
        "can_create": request.user.has_right(LeadPermission.CREATE),
        "can_import": request.user.has_right(LeadPermission.IMPORT),
        "can_configure": request.user.has_right(LeadPermission.CONFIGURE),
        "nil": NIL,
        **card_context(request),
    }
    response = render(request, "leads/board.html", context, partial="board")
    if wants_fragment(request) and is_counted:
        trigger(response, "say", {"text": f"{total:,} lead{'' if total == 1 else 's'} on the board"})
    return response


@require_safe
def board_figures(request: OrganizationRequest) -> HttpResponse:
    """Return the heads of the columns and the figures above them, each to be put where its id is."""
    if not wants_fragment(request):
        return HttpResponseRedirect(f"{reverse('leads:board')}?{request.GET.urlencode()}")
    view = Board(request)
    heads = view.heads()
    figures_of_all = kpis(view, None if view.is_filtered else heads)
    return render(request, "leads/_board_figures.html", {"heads": heads, "kpis": figures_of_all})


@require_safe
def board_column(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Return the next cards of a column; without htmx they are a page."""
    view = Board(request)
    stage = access.get_stage(request, pk)
    text = request.GET.get("after", "")
    try:
        page = view.next_page(stage, cards.Place.parse(text) if text else None)
    except ValueError as unreadable:
        raise Http404("That page of the column does not exist.") from unreadable
    context = {
        "board": view,
        "stage": stage,
        "cards": page.cards,
        "more_url": view.more_url(stage, page),
        **card_context(request),
    }
    return render(request, "leads/_cards.html" if wants_fragment(request) else "leads/board_column.html", context)


@require_safe
def lead_card(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Return the card of a lead, or 404 when it is not on this board; without htmx the lead has a page."""
    if not wants_fragment(request):
        return HttpResponseRedirect(reverse("leads:lead_detail", args=[pk]))
    card = Board(request).card(pk)
    if card is None:
        raise Http404("This lead is not on the board.")
    return render(request, "leads/lead_card.html", {"cards": [card], **card_context(request)})


def heads_html(request: OrganizationRequest, heads: Sequence[figures.Head]) -> str:
    """Return heads of columns that htmx puts where they belong, whatever else the answer is."""
    return render_to_string("leads/_board_figures.html", {"heads": heads}, request=request)


def card_context(request: OrganizationRequest) -> dict[str, Any]:
    """Return what the template of cards needs besides the cards."""
    return {
        "lead_url": reverse("leads:lead_detail", args=[NIL]).removesuffix(f"{NIL}/"),
        "can_move": request.user.has_right(LeadPermission.EDIT),
    }


def kpis(view: Board, heads: Sequence[figures.Head] | None) -> list[Kpi]:
    """Return how the whole pipeline does; ``heads`` are those of the whole pipeline where they are known already."""
    currency = view.organization.currency
    if heads is None:
        heads = figures.heads_of(view.stages, view.user, currency=currency) or []
    whole = figures.pipeline_of(heads)
    everything = view.everything()
    late = figures.attention(everything, at=view.now, idle_after=view.idle_after)
    return [
        _money(
            "Open pipeline", whole, "total", f"{whole.count:,} open lead{'' if whole.count == 1 else 's'}", currency
        ),
        _money("Weighted forecast", whole, "weighted", "by the chance of each stage", currency),
        _win_rate(figures.win_rate(everything, at=view.now)),
        Kpi(
            "Need attention",
            f"{late.count:,}{'+' if late.is_capped else ''}",
            "late, idle or no next step",
            url=f"{reverse('leads:board')}?attention=any",
        ),
    ]


def _money(label: str, whole: figures.Pipeline, name: str, note: str, currency: str) -> Kpi:
    """Show the largest currency first and the others in the note: amounts of different currencies do not add up."""
    sums = [money.show_short(getattr(one, name), one.currency) for one in whole.amounts]
    others = [f"+ {text}" for text in sums[1:4]]
    return Kpi(label, sums[0] if sums else money.show_short(0, currency), " · ".join([*others, note]))


def _win_rate(rate: figures.WinRate) -> Kpi:
    label, days = f"Win rate, {figures.WIN_RATE_DAYS} days", figures.WIN_RATE_DAYS
    if rate.percent is None:
        return Kpi(label, "–", f"nothing was closed in {days} days")
    closed = rate.won + rate.lost
    note = f"of the newest {closed:,} closed" if rate.is_capped else f"{rate.won:,} of {closed:,} won"
    change = 0 if rate.percent_before is None else rate.percent - rate.percent_before
    if not change:
        return Kpi(label, f"{rate.percent} %", note)
    return Kpi(
        label, f"{rate.percent} %", f"against {rate.percent_before} % before · {note}", f"{abs(change)} pt",
        "up" if change > 0 else "down",
    )  # fmt: skip
