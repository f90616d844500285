"""One's own account."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from leadcrm.accounts import preferences
from leadcrm.accounts.forms.people import ProfileForm
from leadcrm.accounts.models import Team
from leadcrm.accounts.services import people
from leadcrm.core.htmx import redirect, render
from leadcrm.core.request import OrganizationRequest


@require_http_methods(["GET", "POST"])
def profile(request: OrganizationRequest) -> HttpResponse:
    user = request.user
    form = ProfileForm(request.POST or None, initial={"full_name": user.full_name, **preferences.of(user)})
    if request.method == "POST" and form.is_valid():
        user = people.change_own_account(
            person=user, full_name=form.cleaned_data["full_name"], preferences=form.chosen_preferences()
        )
        messages.success(request, "Your profile is saved.")
        response = redirect(request, reverse("accounts:profile"))
        preferences.remember_in_browser(response, user)
        return response
    team = Team.objects.filter(pk=user.team_id).first() if user.team_id else None
    context = {"form": form, "team": team}
    return render(request, "accounts/profile.html", context, status=422 if form.errors else 200)


# Staff of the consultancy have a name and preferences too.
profile.needs_organization = False  # type: ignore[attr-defined]
