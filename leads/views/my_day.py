"""My day: the work of one person, or what a team has not given to anybody."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from leadcrm.accounts.models import User
from leadcrm.accounts.rights import requires
from leadcrm.core.htmx import render
from leadcrm.core.request import OrganizationRequest
from leads.permissions import LeadPermission
from leads.reports import my_day as report

UNASSIGNED = "unassigned"


@requires(LeadPermission.VIEW)
@require_GET
def my_day(request: OrganizationRequest) -> HttpResponse:
    """Show what is late, due and coming up; ``person`` names a colleague whose day one may see."""
    viewer = request.user
    people = list(report.people_for(viewer))
    chooses = people != [viewer]
    named = request.GET.get("person", "") if chooses else ""
    whose = None if named == UNASSIGNED else _person(named, people) if named else viewer
    context = {
        "day": report.my_day(viewer=viewer, whose=whose, now=timezone.now()),
        "whose": whose,
        "people": people if chooses else [],
        "named": named,
        "can_edit": viewer.has_right(LeadPermission.EDIT),
        "here": request.get_full_path(),
    }
    return render(request, "leads/my_day.html", context, partial="day")


def _person(named: str, people: list[User]) -> User:
    try:
        pk = uuid.UUID(named)
    except ValueError as wrong:
        raise Http404("There is nobody of that name whose day you can see.") from wrong
    found = next((person for person in people if person.pk == pk), None)
    if found is None:
        raise Http404("There is nobody of that name whose day you can see.")
    return found
