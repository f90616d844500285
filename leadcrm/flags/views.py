"""The page where anybody, signed in or not, chooses how large the text is."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from leadcrm.core.addresses import visitor_id
from leadcrm.core.htmx import redirect, render
from leadcrm.flags import reading, services
from leadcrm.flags.choices import Flag

YEAR = 60 * 60 * 24 * 365


@login_not_required
@require_http_methods(["GET", "POST"])
def reading_aids(request: HttpRequest) -> HttpResponse:
    """Keep the choice in cookies, and go back to where the person came from."""
    user = request.user if request.user.is_authenticated else None
    if not services.is_on(Flag.A11Y_IMPROVEMENTS, user=user, visitor=visitor_id(request)):
        raise Http404("Reading aids are switched off here.")
    form = reading.ReadingForm(request.POST or None, initial=reading.chosen(request.COOKIES))
    back = _back(request)
    if request.method == "POST" and form.is_valid():
        messages.success(request, "Your choice is kept in this browser.")
        response = redirect(request, back or reverse("flags:reading_aids"))
        for name, value in form.cleaned_data.items():
            if value:
                response.set_cookie(name, value, max_age=YEAR, samesite="Lax")
            else:
                response.delete_cookie(name, samesite="Lax")
        return response
    context = {"form": form, "back": back}
    return render(request, "flags/reading_aids.html", context, status=422 if form.errors else 200)


def _back(request: HttpRequest) -> str:
    """Return the page to go back to, when it is one of ours.

    It is where the person came from, and travels in the form: an address of its own may be a secret, which must not
    stand in the address of another page.
    """
    url = request.POST.get("next", "") if request.method == "POST" else request.headers.get("referer", "")
    path = reverse("flags:reading_aids")
    ours = url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())
    return url if ours and urlsplit(url).path != path else ""
