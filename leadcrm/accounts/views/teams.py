"""The teams of the organisation."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leadcrm.accounts import access
from leadcrm.accounts.forms.people import TeamForm
from leadcrm.accounts.models import Team, User
from leadcrm.accounts.permissions import AccountPermission
from leadcrm.accounts.rights import requires
from leadcrm.accounts.services import teams
from leadcrm.core.errors import DomainError
from leadcrm.core.forms import add_refusal
from leadcrm.core.htmx import redirect, render
from leadcrm.core.request import OrganizationRequest


@require_safe
@requires(AccountPermission.MANAGE_TEAMS)
def team_list(request: OrganizationRequest) -> HttpResponse:
    # Not a join: the table's key is (organization, id), so PostgreSQL would not group by the id alone.
    people = User.objects.active().filter(team=OuterRef("pk")).order_by().values("team").annotate(count=Count("pk"))
    size = Coalesce(Subquery(people.values("count")), 0)
    rows = Team.objects.select_related("manager").annotate(size=size).order_by("name")
    return render(request, "accounts/team_list.html", {"teams": rows})


@require_http_methods(["GET", "POST"])
@requires(AccountPermission.MANAGE_TEAMS)
def team_create(request: OrganizationRequest) -> HttpResponse:
    return _edit(request, None)


@require_http_methods(["GET", "POST"])
@requires(AccountPermission.MANAGE_TEAMS)
def team_edit(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    return _edit(request, access.get_team(request, pk))


def _edit(request: OrganizationRequest, team: Team | None) -> HttpResponse:
    form = TeamForm(request.POST or None, team=team)
    if request.method == "POST" and form.is_valid():
        try:
            if team is None:
                teams.create_team(**form.cleaned_data, actor=request.user)
            else:
                teams.change_team(team=team, **form.cleaned_data, actor=request.user)
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(request, f"The team {form.cleaned_data['name']} is saved.")
            return redirect(request, reverse("accounts:team_list"))
    context = {"form": form, "team": team}
    return render(request, "accounts/team_form.html", context, status=422 if form.errors else 200)


@require_POST
@requires(AccountPermission.MANAGE_TEAMS)
def team_deletion(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    team = access.get_team(request, pk)
    try:
        teams.delete_team(team=team, actor=request.user)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"The team {team.name} is deleted.")
    return redirect(request, reverse("accounts:team_list"))
