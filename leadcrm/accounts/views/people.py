"""The people of the organisation: find them, change them, let them in and out."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leadcrm.accounts import access
from leadcrm.accounts.forms.people import PeopleFilterForm, PersonForm
from leadcrm.accounts.models import Invitation, User
from leadcrm.accounts.permissions import AccountPermission
from leadcrm.accounts.rights import requires
from leadcrm.accounts.services import invitations, people
from leadcrm.core.errors import DomainError
from leadcrm.core.forms import add_refusal
from leadcrm.core.htmx import redirect, render
from leadcrm.core.pager import page_of
from leadcrm.core.paging import Order
from leadcrm.core.request import OrganizationRequest

BY_NAME = Order("full_name", "full_name")


@require_safe
@requires(AccountPermission.MANAGE_USERS)
def person_list(request: OrganizationRequest) -> HttpResponse:
    form = PeopleFilterForm(request.GET)
    chosen = form.chosen()
    page = page_of(_filtered(request.user, chosen), request.GET, order=BY_NAME)
    for person in page.rows:
        person.is_manageable = people.may_manage(request.user, person)
    context = {
        "form": form,
        "page": page,
        "is_filtered": bool(chosen),
        "waiting": [] if "after" in request.GET or "before" in request.GET else _waiting(request.user),
    }
    return render(request, "accounts/person_list.html", context, partial="people-table")


def _filtered(actor: User, chosen: dict[str, object]) -> QuerySet[User]:
    found = User.objects.reachable_by(actor).select_related("team")
    for word in str(chosen.get("q", "")).split()[:5]:
        found = found.filter(Q(full_name__icontains=word) | Q(email__icontains=word))
    if "role" in chosen:
        found = found.filter(role=chosen["role"])
    if "team" in chosen:
        found = found.filter(team=chosen["team"])
    if "state" in chosen:
        found = found.filter(is_active=chosen["state"] == "active")
    return found  # type: ignore[no-any-return]  # the manager is built at run time


def _waiting(actor: User) -> list[Invitation]:
    """Return the invitations that were not answered, newest first, as far as the actor may handle them."""
    rows = Invitation.objects.filter(accepted_at=None, revoked_at=None).select_related("team", "invited_by")
    return [row for row in rows.order_by("-created_at")[:200] if invitations.may_manage(actor, row)]


@require_http_methods(["GET", "POST"])
@requires(AccountPermission.MANAGE_USERS)
def person_edit(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    person = access.get_person(request, pk)
    form = PersonForm(request.POST or None, actor=request.user, person=person)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            people.change_person(
                person=person,
                full_name=data["full_name"],
                role=data["role"],
                team=data.get("team", person.team) if "team" in form.fields else person.team,
                actor=request.user,
            )
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(request, f"{data['full_name']} is saved.")
            return redirect(request, reverse("accounts:person_list"))
    status = 422 if form.errors else 200
    return render(request, "accounts/person_form.html", {"form": form, "person": person}, status=status)


@require_POST
@requires(AccountPermission.MANAGE_USERS)
def person_activation(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Deactivate (``active=no``) or reactivate (``active=yes``) somebody."""
    person = access.get_person(request, pk)
    act = people.reactivate_person if request.POST.get("active") == "yes" else people.deactivate_person
    try:
        person = act(person=person, actor=request.user)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"{person} {'can sign in again' if person.is_active else 'can no longer sign in'}.")
    return redirect(request, reverse("accounts:person_list"))
