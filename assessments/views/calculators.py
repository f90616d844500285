"""What the calculators of members and of the public have in common."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from assessments.choices import CalculationType
from assessments.forms.estimate import INPUTS as ESTIMATE_INPUTS
from assessments.forms.estimate import EstimateForm
from assessments.forms.roi import INPUTS as ROI_INPUTS
from assessments.forms.roi import RoiForm
from assessments.models import Calculation
from assessments.reports.shown import ShownEstimate, ShownRoi, shown
from assessments.services import calculations
from leadcrm.core.htmx import render

# The flag without which a calculator computes when somebody asks, and not while somebody types.
INTERACTIVE = "INTERACTIVE_CALCULATOR"
INPUTS = {CalculationType.ROI: ROI_INPUTS, CalculationType.PROJECT_ESTIMATE: ESTIMATE_INPUTS}


def asked_of(request: HttpRequest, type: CalculationType) -> Any:
    """Return what an address says, or None where it says nothing about this calculation."""
    return request.GET if any(name in request.GET for name in INPUTS[type]) else None


def calculation_of(form: RoiForm | EstimateForm, type: CalculationType, currency: str) -> Calculation | None:
    """Return what a form amounts to: its defaults when nothing was typed, None when it has errors."""
    if not form.is_bound:
        # The same form, sent as it stands.
        names = INPUTS[type]
        form = form.__class__(
            {name: form.get_initial_for_field(form.fields[name], name) for name in names}, **_extra(form)
        )
    if not form.is_valid():
        return None
    return calculations.unsaved(type=type, computed=form.compute(), currency=currency)


def _extra(form: RoiForm | EstimateForm) -> dict[str, Any]:
    return {"currency": form.currency} if isinstance(form, RoiForm) else {}


def show(
    request: HttpRequest,
    template: str,
    form: RoiForm | EstimateForm,
    type: CalculationType,
    currency: str,
    **context: Any,
) -> HttpResponse:
    """Render a calculator: the page, or for htmx the result with what belongs beside the fields."""
    told: ShownRoi | ShownEstimate | None = None
    calculation = calculation_of(form, type, currency)
    if calculation is not None:
        told = shown(calculation)
    status = 422 if form.is_bound and form.errors else 200
    return render(request, template, {"form": form, "told": told, **context}, partial="live", status=status)
