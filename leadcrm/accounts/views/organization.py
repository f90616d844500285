"""The organisation itself: its facts, its business profile, its options, its tables of points."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from leadcrm.accounts.forms.organization import BusinessProfileForm, LinkFormSet, OptionsForm, OrganizationForm
from leadcrm.accounts.forms.rates import RatesForm
from leadcrm.accounts.models import BusinessProfile, Organization
from leadcrm.accounts.permissions import AccountPermission
from leadcrm.accounts.rights import requires
from leadcrm.accounts.services import options, organizations
from leadcrm.audit import settings
from leadcrm.audit.models import RateTable
from leadcrm.core.errors import DomainError
from leadcrm.core.forms import add_refusal
from leadcrm.core.htmx import redirect, render
from leadcrm.core.navigation import url_of
from leadcrm.core.request import OrganizationRequest

SHOWN_VERSIONS = 50


@require_http_methods(["GET", "POST"])
@requires(AccountPermission.MANAGE_SETTINGS)
def organization(request: OrganizationRequest) -> HttpResponse:
    # A row of its own: the form writes into it, and the sidebar shows the request's.
    row = Organization.objects.get(pk=request.organization.pk)
    form = OrganizationForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        organizations.change_organization(
            organization=request.organization, facts=form.cleaned_data, actor=request.user
        )
        messages.success(request, "The organization is saved.")
        return redirect(request, reverse("accounts:organization"))
    return render(request, "accounts/organization.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@requires(AccountPermission.MANAGE_SETTINGS)
def business_profile(request: OrganizationRequest) -> HttpResponse:
    profile = BusinessProfile.objects.first()
    form = BusinessProfileForm(request.POST or None, profile=profile)
    links = LinkFormSet(request.POST or None, initial=profile.links if profile else [], prefix="links")
    if request.method == "POST" and form.is_valid() and links.is_valid():
        kept = [
            {"label": row["label"], "url": row["url"]} for row in links.cleaned_data if row and not row.get("DELETE")
        ]
        organizations.change_profile(facts={**form.facts(), "links": kept}, actor=request.user)
        messages.success(request, "The business profile is saved.")
        return redirect(request, reverse("accounts:business_profile"))
    failed = request.method == "POST"
    context = {"form": form, "links": links}
    return render(request, "accounts/business_profile.html", context, status=422 if failed else 200)


@require_http_methods(["GET", "POST"])
@requires(AccountPermission.MANAGE_SETTINGS)
def options_page(request: OrganizationRequest) -> HttpResponse:
    specs = [spec for _, spec in settings.SETTINGS]
    form = OptionsForm(request.POST or None, specs=specs, values={spec.key: settings.get(spec.key) for spec in specs})
    if request.method == "POST" and form.is_valid():
        try:
            options.change_options(values=form.values(), actor=request.user)
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(request, "The options are saved.")
            return redirect(request, reverse("accounts:options"))
    return render(request, "accounts/options.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@requires(AccountPermission.MANAGE_SETTINGS)
def rates(request: OrganizationRequest, kind: str) -> HttpResponse:
    """Edit a versioned table; saving publishes the next version. ``?version=`` fills in an earlier one."""
    if kind not in settings.RATES:
        raise Http404("No such table.")
    spec, current = settings.RATES.get(kind), settings.rates(kind)
    shown = _version_asked_for(request, spec, current)
    form = RatesForm(request.POST or None, spec=spec, values=shown.values, version=current.version)
    if request.method == "POST" and form.is_valid():
        try:
            options.publish_rates(
                kind=kind, values=form.values(), seen_version=form.cleaned_data["version"], actor=request.user
            )
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(request, "A new version is published. New and changed leads are scored by it.")
            return redirect(request, request.path)
    context = {
        "form": form,
        "spec": spec,
        "current": current,
        "shown": shown,
        "versions": RateTable.objects.latest_of(kind).select_related("created_by")[:SHOWN_VERSIONS],
        "follow_up_url": url_of(spec.follow_up_url_name) if spec.follow_up_url_name else None,
    }
    return render(request, "accounts/rates.html", context, status=422 if form.errors else 200)


def _version_asked_for(request: OrganizationRequest, spec: settings.RateSpec, current: settings.Rates) -> Any:
    asked = request.GET.get("version", "")
    if request.method == "POST" or not asked.isdecimal() or len(asked) > 9:
        return current
    if int(asked) == 0:
        return settings.Rates(0, spec.default)
    row = RateTable.objects.latest_of(spec.kind).filter(version=int(asked)).first()
    if row is None:
        raise Http404("No such version.")
    return settings.Rates(row.version, row.values)
