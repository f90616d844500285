"""Edit facts of a lead in place; without a script the same address is a page."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from leadcrm.core.errors import DomainError
from leadcrm.core.forms import add_refusal
from leadcrm.core.htmx import render, toast
from leadcrm.core.request import OrganizationRequest
from leads import access
from leads.forms.lead import FactsForm, warnings_of
from leads.permissions import LeadPermission
from leads.reports import facts
from leads.reports.lead_page import custom_facts_of, with_page_data
from leads.services import capture
from leads.views.answers import lead_changed

STALE = "Somebody else changed this in the meantime. Compare both versions."


@require_http_methods(["GET", "POST"])
def lead_facts(request: OrganizationRequest, pk: uuid.UUID, group: str) -> HttpResponse:
    """Edit one group of facts, or one fact of it (``fact``); ``show`` takes an edit in place back."""
    prepare = partial(with_page_data, user=request.user)
    lead = access.get_lead(request, pk, LeadPermission.EDIT, prepare=prepare)
    custom = custom_facts_of(lead)
    shown = facts.custom_group(custom) if group == "custom" else facts.GROUP_OF.get(group)
    chosen = [fact for fact in (shown.facts if shown else ()) if _is_asked(request, fact)]
    if shown is None or not chosen:
        raise Http404("There is no such fact.")
    context: dict[str, Any] = {"lead": lead, "group": shown, "fact": chosen[0] if len(chosen) == 1 else None}
    if request.method == "GET" and "show" in request.GET:
        return _shown(request, context)
    form = FactsForm(
        request.POST if request.method == "POST" else None,
        facts=chosen, organization=request.organization, lead=lead, custom=custom,
    )  # fmt: skip
    status = 422 if form.is_bound else 200
    if form.is_bound and form.is_valid():
        try:
            lead = capture.update_lead(lead=lead, actor=request.user, seen=form.seen, **form.values)
        except capture.StaleLead as stale:
            form, status = form.confront(stale.lead, stale.theirs), 409
        except DomainError as refused:
            add_refusal(form, refused)
        else:
            context["lead"] = lead
            return _saved(request, context, warnings_of(form))
    if request.htmx and not form.is_bound:
        form.focus_first()
    template = "leads/_fact_form.html" if request.htmx else "leads/fact_edit.html"
    response = render(request, template, {**context, "form": form}, status=status)
    return toast(response, STALE, tone="warning") if status == 409 else response


def _is_asked(request: OrganizationRequest, fact: facts.Fact) -> bool:
    return fact.editable and request.GET.get("fact", fact.name) == fact.name


def _saved(request: OrganizationRequest, context: dict[str, Any], warnings: list[str]) -> HttpResponse:
    lead = context["lead"]
    if not request.htmx:
        for warning in warnings:
            messages.warning(request, warning)
        messages.success(request, "Saved")
        return HttpResponseRedirect(f"{reverse('leads:lead_detail', args=[lead.pk])}#facts-{context['group'].name}")
    response = lead_changed(_shown(request, context), lead)
    return toast(response, warnings[0], tone="warning") if warnings else response


def _shown(request: OrganizationRequest, context: dict[str, Any]) -> HttpResponse:
    lead, fact = context["lead"], context["fact"]
    if fact is None or not request.htmx:
        return HttpResponseRedirect(reverse("leads:lead_detail", args=[lead.pk]))
    context["facts"] = [facts.shown_fact(fact, lead)]
    return render(request, "leads/_fact_list.html", {**context, "has_focus": True})
