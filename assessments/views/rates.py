"""The tables of rates, edited by the administrators of an organisation; every save is a new version."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.views.decorators.http import require_http_methods

from assessments.forms.rates import EstimateRatesForm, RatesForm, RoiRatesForm
from assessments.preferences import ESTIMATE_RATES, ROI_RATES
from leadcrm.accounts.permissions import AccountPermission
from leadcrm.accounts.rights import requires
from leadcrm.accounts.services import options
from leadcrm.audit import settings
from leadcrm.audit.models import RateTable
from leadcrm.core.errors import DomainError
from leadcrm.core.forms import add_refusal
from leadcrm.core.htmx import redirect, render
from leadcrm.core.request import OrganizationRequest

FORMS: dict[str, type[RatesForm]] = {ROI_RATES: RoiRatesForm, ESTIMATE_RATES: EstimateRatesForm}
SHOWN_VERSIONS = 50


@require_http_methods(["GET", "POST"])
@requires(AccountPermission.MANAGE_SETTINGS)
def rates(request: OrganizationRequest, kind: str) -> HttpResponse:
    """Edit a table; ``?version=`` fills in an earlier one."""
    spec, current = settings.RATES.get(kind), settings.rates(kind)
    shown = current if request.method == "POST" else _version_asked_for(request, spec, current)
    form = FORMS[kind](
        request.POST if request.method == "POST" else None,
        values=shown.values, version=current.version, currency=request.organization.currency,
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            options.publish_rates(
                kind=kind, values=form.values(), seen_version=form.cleaned_data["version"], actor=request.user
            )
        except DomainError as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, "A new version is published. Earlier calculations stay as they are.")
            return redirect(request, request.path)
    context = {
        "form": form,
        "spec": spec,
        "current": current,
        "shown": shown,
        "versions": RateTable.objects.latest_of(kind).select_related("created_by")[:SHOWN_VERSIONS],
    }
    return render(request, "assessments/rates.html", context, status=422 if form.errors else 200)


def _version_asked_for(
    request: OrganizationRequest, spec: settings.RateSpec, current: settings.Rates
) -> settings.Rates:
    asked = request.GET.get("version", "")
    if not (asked.isascii() and asked.isdecimal()) or len(asked) > 9:
        return current
    if int(asked) == 0:
        return settings.Rates(0, spec.default)
    row = RateTable.objects.latest_of(spec.kind).filter(version=int(asked)).first()
    if row is None:
        raise Http404("No such version.")
    return settings.Rates(row.version, row.values)
