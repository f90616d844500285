"""Give a lead to somebody, tag it, and move it to the trash and back."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from leadcrm.accounts.models import User
from leadcrm.core.errors import DomainError, NotAllowed
from leadcrm.core.htmx import redirect, render
from leadcrm.core.request import OrganizationRequest
from leads import access
from leads.models import Tag
from leads.permissions import LeadPermission
from leads.services import assignment, capture, tagging
from leads.views.answers import done, refused

SUGGESTED_TAGS = 200


@require_http_methods(["GET", "POST"])
def lead_assign(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Choose the owner of a lead; an empty ``to`` is nobody."""
    lead = access.get_lead(request, pk, LeadPermission.ASSIGN)
    people = assignment.assignable_people(request.user).order_by("full_name", "email")
    if request.method == "GET":
        return render(request, "leads/lead_assign.html", {"lead": lead, "people": people}, partial="assign-form")
    named = request.POST.get("to", request.GET.get("to", ""))
    before = lead.assigned_to_id
    try:
        to = _person(request, named) if named else None
        lead = assignment.assign_lead(lead=lead, to=to, actor=request.user)
    except DomainError as problem:
        return refused(request, lead, problem, status=403 if isinstance(problem, NotAllowed) else 409)
    text = f"{lead.title} belongs to {to}" if to else f"{lead.title} has no owner now"
    undo = f"{reverse('leads:lead_assign', args=[pk])}?to={before or ''}" if lead.assigned_to_id != before else None
    return done(request, lead, text, undo_url=undo)


def _person(request: OrganizationRequest, named: str) -> User:
    try:
        return User.objects.in_organization(request.organization.pk).get(pk=uuid.UUID(named))  # type: ignore[no-any-return]
    except (ValueError, User.DoesNotExist) as missing:
        raise NotAllowed("This person is not part of your organisation.") from missing


@require_http_methods(["GET", "POST"])
def lead_tags(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Add the tags named in ``add`` (commas between them) or take off the one in ``remove``."""
    lead = access.get_lead(request, pk, LeadPermission.EDIT)
    if request.method == "GET":
        names = Tag.objects.order_by("name").values_list("name", flat=True)[:SUGGESTED_TAGS]
        return render(request, "leads/lead_tags.html", {"lead": lead, "names": names}, partial="tag-options")
    try:
        if removed := request.POST.get("remove"):
            tagging.remove_tag(lead=lead, tag_id=uuid.UUID(removed), actor=request.user)
        else:
            tagging.add_tags(lead=lead, names=request.POST.get("add", "").split(","), actor=request.user)
    except ValueError:
        return refused(request, lead, DomainError("There is no such tag."))
    except DomainError as problem:
        return refused(request, lead, problem)
    return done(request, lead, "Tags saved")


@require_POST
def lead_trash(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Move a lead to the trash; the toast on the list takes it back."""
    lead = access.get_lead(request, pk, LeadPermission.DELETE, trashed=True)
    capture.trash_lead(lead=lead, actor=request.user)
    undo = reverse("leads:lead_restore", args=[pk])
    messages.success(request, f"{lead.title} is in the trash", extra_tags=f"undo:{undo}")
    return redirect(request, reverse("leads:lead_list"))


@require_POST
def lead_restore(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Take a lead out of the trash."""
    lead = access.get_lead(request, pk, LeadPermission.DELETE, trashed=True)
    capture.restore_lead(lead=lead, actor=request.user)
    messages.success(request, f"{lead.title} is back")
    return redirect(request, reverse("leads:lead_detail", args=[pk]))
