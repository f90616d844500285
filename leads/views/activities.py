"""Plan, log, change, complete and cancel activities, from the page of a lead and from My day."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from leadcrm.core import formatting
from leadcrm.core.errors import DomainError
from leadcrm.core.htmx import no_content, render, trigger
from leadcrm.core.request import OrganizationRequest
from leads import access
from leads.forms.activity import OUTCOMES, CompletionForm, LogForm, PlanForm, ShiftForm
from leads.models import Activity, Lead
from leads.permissions import LeadPermission
from leads.services import activities, reminders
from leads.views.answers import done, refused

SERVICE_FIELDS = {"scheduled_at": "day", "remind_at": "reminder", "completed_at": "day"}


@require_http_methods(["GET", "POST"])
def activity_create(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Plan an activity on a lead, or with ``done`` write down one that is done."""
    lead = access.get_lead(request, pk, LeadPermission.EDIT)
    is_log = "done" in request.GET or "done" in request.POST
    data = request.POST if request.method == "POST" else None
    form = LogForm(data) if is_log else PlanForm(data, lead=lead, actor=request.user)
    if form.is_bound and form.is_valid():
        try:
            return _log(request, lead, form) if isinstance(form, LogForm) else _plan(request, lead, form)
        except DomainError as problem:
            _refuse(form, problem)
    context = {
        "lead": lead, "form": form, "compose": "log" if is_log else "plan", "outcomes": OUTCOMES,
        "next": request.GET.get("next", request.POST.get("next", "")),
    }  # fmt: skip
    partial = "dialog" if request.htmx.target == "dialog" else "composer"
    return render(request, "leads/compose.html", context, partial=partial, status=422 if form.is_bound else 200)


def _plan(request: OrganizationRequest, lead: Lead, form: PlanForm) -> HttpResponse:
    activity = activities.plan_activity(lead=lead, actor=request.user, **vars(form.plan()))
    text = f"Planned: {activity}, {formatting.moment(activity.scheduled_at)}" if activity.scheduled_at else "Planned"
    return done(
        request, lead, text, undo_url=reverse("leads:activity_cancel", args=[activity.pk]), event="composer:reset"
    )


def _log(request: OrganizationRequest, lead: Lead, form: LogForm) -> HttpResponse:
    wanted = ("type", "subject", "outcome", "description", "completed_at", "duration_minutes")
    values: dict[str, Any] = {name: form.cleaned_data[name] for name in wanted}
    activity = activities.log_activity(lead=lead, actor=request.user, **values)
    return done(request, lead, f"Written down: {activity}", event="composer:reset")


@require_http_methods(["GET", "POST"])
def activity_edit(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Change an open activity."""
    activity = access.get_activity(request, pk)
    lead = activity.lead
    form = PlanForm(
        request.POST if request.method == "POST" else None, lead=lead, actor=request.user, activity=activity
    )
    if form.is_bound and form.is_valid():
        try:
            activities.change_activity(activity=activity, actor=request.user, **vars(form.plan()))
        except activities.ActivityClosed as problem:
            return refused(request, lead, problem)
        except DomainError as problem:
            _refuse(form, problem)
        else:
            return done(request, lead, "Saved")
    context = {"lead": lead, "activity": activity, "form": form, "next": request.GET.get("next", "")}
    return render(request, "leads/activity_form.html", context, partial="dialog", status=422 if form.is_bound else 200)


@require_POST
def activity_reschedule(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Move an open activity by a usual step."""
    activity = access.get_activity(request, pk)
    form = ShiftForm(request.POST)
    if not form.is_valid():
        return refused(request, activity.lead, DomainError("Choose when."))
    try:
        moved = activities.reschedule_activity(
            activity=activity, actor=request.user, scheduled_at=form.moment(activity)
        )
    except DomainError as problem:
        return refused(request, activity.lead, problem)
    return done(
        request,
        activity.lead,
        f"{moved}: {formatting.due(moved.scheduled_at or timezone.now(), now=timezone.now())[1]}",
    )


@require_http_methods(["GET", "POST"])
def activity_complete(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Say how it went, and plan what comes next."""
    activity = access.get_activity(request, pk)
    form = CompletionForm(request.POST if request.method == "POST" else None, activity=activity, actor=request.user)
    if form.is_bound and form.is_valid():
        try:
            activities.complete_activity(
                activity=activity,
                actor=request.user,
                outcome=form.cleaned_data["outcome"],
                duration_minutes=form.cleaned_data["duration_minutes"],
                then=form.then(),
            )
        except activities.ActivityClosed as problem:
            return refused(request, activity.lead, problem)
        except DomainError as problem:
            form.add_error("next_day" if problem.field == "scheduled_at" else None, problem.message)
        else:
            return done(request, activity.lead, f"Done: {activity}", undo_url=_reopen_url(activity))
    context = {
        "lead": activity.lead, "activity": activity, "form": form, "outcomes": OUTCOMES,
        "next": request.GET.get("next", request.POST.get("next", "")),
    }  # fmt: skip
    return render(
        request, "leads/activity_complete.html", context, partial="dialog", status=422 if form.is_bound else 200
    )


@require_POST
def activity_cancel(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Take an open activity off the list."""
    activity = access.get_activity(request, pk)
    try:
        activities.cancel_activity(activity=activity, actor=request.user)
    except DomainError as problem:
        return refused(request, activity.lead, problem)
    return done(request, activity.lead, f"Cancelled: {activity}", undo_url=_reopen_url(activity))


@require_POST
def activity_reopen(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Take back a completion or a cancellation."""
    activity = access.get_activity(request, pk)
    activities.reopen_activity(activity=activity, actor=request.user)
    return done(request, activity.lead, f"Open again: {activity}")


@require_GET
def activity_reminder(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Answer a page that heard of a reminder: with a toast when it is this person's and has just rung."""
    activity = access.get_activity(request, pk, LeadPermission.VIEW)
    lead, now = activity.lead, timezone.now()
    if not request.htmx:
        return HttpResponseRedirect(reverse("leads:lead_detail", args=[lead.pk]))
    if request.user.pk != (activity.user_id or lead.assigned_to_id) or not reminders.rings_now(activity, at=now):
        return no_content()
    due = formatting.due(activity.scheduled_at, now=now)[1] if activity.scheduled_at else ""
    url = reverse("leads:lead_detail", args=[lead.pk])
    detail = {"text": f"{activity}: {lead.title}, {due}", "tone": "info", "link": {"url": url, "text": "Open"}}
    return trigger(no_content(), "toast", detail)


def _reopen_url(activity: Activity) -> str:
    return reverse("leads:activity_reopen", args=[activity.pk])


def _refuse(form: PlanForm | LogForm, problem: DomainError) -> None:
    name = SERVICE_FIELDS.get(problem.field or "", problem.field)
    form.add_error(name if name in form.fields else None, problem.message)
