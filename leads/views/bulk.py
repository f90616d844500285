"""What is done with the leads that are selected in the list.

Each door answers twice: first with the question (a dialog, or a page without script), then, once ``apply`` is
there, with the change and the offer to take it back.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.views.decorators.http import require_POST

from leadcrm.accounts.rights import requires
from leadcrm.core.errors import DomainError
from leadcrm.core.forms import add_refusal
from leadcrm.core.htmx import no_content, redirect, render, toast, trigger
from leadcrm.core.request import OrganizationRequest
from leads.forms.bulk import BulkForm, OwnerForm, StageForm, TagsForm, as_uuid
from leads.models import Tag
from leads.names import stages_by_name
from leads.permissions import LeadPermission
from leads.services import assignment, bulk, bulk_undo

SALT = "leads.bulk"
MOST_TAGS = 200


@require_POST
@requires(LeadPermission.BULK, LeadPermission.ASSIGN)
def lead_bulk_owner(request: OrganizationRequest) -> HttpResponse:
    people = assignment.assignable_people(request.user).order_by("full_name", "email")
    form = OwnerForm(_answers(request), people=people, user=request.user)
    if not form.is_valid():
        return _ask(request, form, "lead_bulk_owner")
    try:
        outcome = bulk.assign_leads(ids=form.ids, to=form.owner, actor=request.user)
    except DomainError as problem:
        return _ask(request, form, "lead_bulk_owner", problem)
    return _done(request, outcome, f"given to {form.owner}" if form.owner else "left without an owner")


@require_POST
@requires(LeadPermission.BULK, LeadPermission.EDIT)
def lead_bulk_tags(request: OrganizationRequest) -> HttpResponse:
    form = TagsForm(_answers(request), tags=Tag.objects.order_by("name")[:MOST_TAGS])
    if not form.is_valid():
        return _ask(request, form, "lead_bulk_tags")
    try:
        outcome = bulk.tag_leads(
            ids=form.ids, add=form.cleaned_data["add"], remove=form.cleaned_data["remove"], actor=request.user
        )
    except DomainError as problem:
        return _ask(request, form, "lead_bulk_tags", problem)
    return _done(request, outcome, "tagged anew")


@require_POST
@requires(LeadPermission.BULK, LeadPermission.EDIT)
def lead_bulk_stage(request: OrganizationRequest) -> HttpResponse:
    form = StageForm(_answers(request), stages=stages_by_name())
    if not form.is_valid():
        return _ask(request, form, "lead_bulk_stage")
    reason = form.cleaned_data["lost_reason"]
    try:
        outcome = bulk.move_leads(ids=form.ids, stage=form.target, lost_reason=reason, actor=request.user)
    except DomainError as problem:
        return _ask(request, form, "lead_bulk_stage", problem)
    return _done(request, outcome, f"moved to {form.target}")


@require_POST
@requires(LeadPermission.BULK, LeadPermission.DELETE)
def lead_bulk_trash(request: OrganizationRequest) -> HttpResponse:
    """Move the selected leads to the trash at once: the toast brings them back."""
    try:
        outcome = bulk.trash_leads(ids=BulkForm(request.POST).ids, actor=request.user)
    except DomainError as problem:
        return _refused(request, problem)
    return _done(request, outcome, "moved to the trash")


@require_POST
@requires(LeadPermission.BULK)
def lead_bulk_undo(request: OrganizationRequest, token: str) -> HttpResponse:
    """Take back the batch of a toast."""
    try:
        entry_id = as_uuid(signing.loads(token, salt=SALT, max_age=bulk_undo.VALID))
        if entry_id is None:
            raise signing.BadSignature
        outcome = bulk_undo.undo(entry_id=entry_id, actor=request.user)
    except signing.BadSignature:
        return _refused(request, DomainError("This can no longer be undone."))
    except DomainError as problem:
        return _refused(request, problem)
    left = f", {outcome.unchanged} changed again since" if outcome.unchanged else ""
    return _answer(request, f"{outcome.changed} lead{'' if outcome.changed == 1 else 's'} as before{left}")


def _answers(request: OrganizationRequest) -> QueryDict | None:
    return request.POST if "apply" in request.POST else None


def _ask(request: OrganizationRequest, form: BulkForm, name: str, problem: DomainError | None = None) -> HttpResponse:
    if problem is not None:
        add_refusal(form, problem)
    ids = BulkForm(request.POST).ids
    if not ids:
        return _refused(request, DomainError("Select at least one lead."))
    known = [tag.name for tag in form.tags] if isinstance(form, TagsForm) else []
    context: dict[str, Any] = {
        "form": form, "ids": ids, "url": reverse(f"leads:{name}"), "back": _list_url(request),
        "back_query": _query(request), "known_tags": known, "count": len(ids),
    }  # fmt: skip
    return render(request, "leads/bulk_form.html", context, partial="bulk-form", status=422 if form.is_bound else 200)


def _done(request: OrganizationRequest, outcome: bulk.Outcome, done: str) -> HttpResponse:
    return _answer(request, outcome.words(done), undo=outcome.entry.pk if outcome.entry else None)


def _answer(request: OrganizationRequest, text: str, *, undo: uuid.UUID | None = None) -> HttpResponse:
    token = signing.dumps(str(undo), salt=SALT) if undo else ""
    undo_url = reverse("leads:lead_bulk_undo", args=[token]) if token else ""
    if request.htmx:
        return toast(trigger(no_content(), "lead:changed", {"id": ""}), text, undo_url or None)
    messages.success(request, text, extra_tags=f"undo:{undo_url}" if undo_url else "")
    return redirect(request, _list_url(request))


def _refused(request: OrganizationRequest, problem: DomainError) -> HttpResponse:
    if request.htmx:
        return toast(HttpResponse(status=409), problem.message, tone="error")
    messages.error(request, problem.message)
    return redirect(request, _list_url(request))


def _query(request: OrganizationRequest) -> str:
    # Written anew, because what a form carries may hold what no header can.
    return QueryDict(request.POST.get("back", "").replace("\0", "")[:8_000].lstrip("?")).urlencode()


def _list_url(request: OrganizationRequest) -> str:
    return f"{reverse('leads:lead_list')}?{_query(request)}".rstrip("?")
