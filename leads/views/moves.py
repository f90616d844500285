"""Move a lead to another stage or place, from the board or from its own page, and take that back."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django.views.decorators.http import require_POST

from leadcrm.core.errors import DomainError, StaleObject
from leadcrm.core.htmx import toast, trigger
from leadcrm.core.navigation import wants_fragment
from leadcrm.core.request import OrganizationRequest
from leads import access
from leads.boards import Board
from leads.forms.closing import ClosingForm, MoveForm, closing_form
from leads.models import Lead, PipelineStage
from leads.permissions import LeadPermission
from leads.services import pipeline
from leads.views.answers import lead_changed, way_back
from leads.views.board import heads_html


@require_POST
def lead_move(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Put a lead into a stage; a stage that ends it asks for the value or the reason first."""
    lead = access.get_lead(request, pk, LeadPermission.EDIT)
    move = MoveForm(request.POST)
    if not move.is_valid():
        raise BadRequest("A move names a stage.")
    said = move.cleaned_data
    stage = access.get_stage(request, said["stage"])
    closing = _closing(request, stage, lead)
    if closing is not None and not closing.is_valid():
        return _ask(request, lead, stage, move, closing)
    try:
        moved = pipeline.move_lead(
            lead=lead,
            stage=stage,
            actor=request.user,
            above=said["above"],
            below=said["below"],
            seen_version=said["version"],
            seen_stage=said["seen_stage"],
            **(closing.details if closing else {}),
        )
    except StaleObject as stale:
        return _refuse(request, lead, stale)
    except DomainError as refused:
        if closing is None:
            return _refuse(request, lead, refused)
        closing.add_error(refused.field if refused.field in closing.fields else None, refused.message)
        return _ask(request, lead, stage, move, closing)
    if stage.pk == lead.stage_id:
        return _answer(request, moved, stages=[])
    return _moved(request, moved, stages=[lead.stage, stage])


@require_POST
def lead_move_undo(request: OrganizationRequest, pk: uuid.UUID, move: uuid.UUID) -> HttpResponse:
    """Take back a change of stage; once or twice is the same."""
    lead = access.get_lead(request, pk, LeadPermission.EDIT)
    try:
        moved = pipeline.undo_move(lead=lead, move_id=move, actor=request.user)
    except StaleObject as stale:
        return _refuse(request, lead, stale)
    return _answer(
        request, moved, stages=[lead.stage, moved.stage], text=f"{moved.title} is back in {moved.stage.name}"
    )


def _closing(request: OrganizationRequest, stage: PipelineStage, lead: Lead) -> ClosingForm | None:
    """Return the form of a stage that ends the lead, when the lead would enter it and lacks what it asks for."""
    if stage.pk == lead.stage_id or not (stage.is_won or stage.is_lost):
        return None
    data = request.POST if "closing" in request.POST else None
    return closing_form(stage, lead, leads=Lead.objects.visible_to(request.user), data=data)


def _ask(
    request: OrganizationRequest, lead: Lead, stage: PipelineStage, move: MoveForm, form: ClosingForm
) -> HttpResponse:
    """Answer 422 with the form: in the dialog for htmx, else on a page of its own."""
    context = {"lead": lead, "stage": stage, "move": move, "form": form, "way_back": way_back(request, lead)}
    name = "leads/lead_closing.html"
    response = render(request, f"{name}#closing" if wants_fragment(request) else name, context, status=422)
    response["HX-Retarget"], response["HX-Reswap"] = "#dialog", "innerHTML"
    return response


def _moved(request: OrganizationRequest, lead: Lead, *, stages: list[PipelineStage]) -> HttpResponse:
    event = pipeline.last_move(lead)
    undo_url = reverse("leads:lead_move_undo", args=[lead.pk, event.pk]) if event else ""
    text, link = f"{lead.title} moved to {lead.stage.name}", None
    if not lead.is_closed and lead.next_follow_up_at is None:
        text += ". No next step is planned."
        link = (f"{reverse('leads:lead_detail', args=[lead.pk])}#plan", "Plan next step")
    return _answer(request, lead, stages=stages, text=text, undo_url=undo_url, link=link)


def _answer(
    request: OrganizationRequest,
    lead: Lead,
    *,
    stages: list[PipelineStage],
    text: str = "",
    undo_url: str = "",
    link: tuple[str, str] | None = None,
) -> HttpResponse:
    """Tell the board where the card is now, with the heads of the columns that changed, or the lead's page."""
    if not request.htmx:
        if text:
            messages.success(request, text, extra_tags=f"undo:{undo_url}" if undo_url else "")
        return HttpResponseRedirect(way_back(request, lead))
    board = _board_of(request)
    heads = ""
    if board is not None and stages and not board.is_filtered:
        shown = {stage.pk for stage in board.stages}
        heads = heads_html(request, board.heads([stage for stage in stages if stage.pk in shown]))
    response = HttpResponse(heads, status=200 if heads else 204)
    place: dict[str, Any] = {"id": str(lead.pk), "version": lead.version}
    place |= {"stage": str(lead.stage_id), "position": str(lead.board_position)}
    trigger(response, "card:moved", place)
    lead_changed(response, lead)
    return toast(response, text, undo_url or None, link=link) if text else response


def _refuse(request: OrganizationRequest, lead: Lead, problem: DomainError) -> HttpResponse:
    """Answer 409: the board puts the card where the lead really is, and says why."""
    if not request.htmx:
        messages.error(request, problem.message)
        return HttpResponseRedirect(way_back(request, lead))
    response = HttpResponse(status=409)
    trigger(response, "card:stale", {"id": str(lead.pk)})
    return toast(lead_changed(response, lead), problem.message, tone="error")


def _board_of(request: OrganizationRequest) -> Board | None:
    """Return the board that the page of the person shows, or None when it is another page."""
    path, _, query = (request.htmx.current_url_abs_path or "").partition("?")
    try:
        is_board = resolve(path).view_name == "leads:board"
    except Resolver404:
        return None
    return Board(request, QueryDict(query)) if is_board else None
