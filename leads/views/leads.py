"""The list of leads, its filters and its columns."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.forms import BoundField
from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from leadcrm.accounts.rights import requires
from leadcrm.core.htmx import redirect, render, trigger
from leadcrm.core.navigation import wants_fragment
from leadcrm.core.request import OrganizationRequest
from leads import access, suggestions, tables
from leads.filters import LeadFilter
from leads.lists import SIZES, LeadList, in_words, other_parameters
from leads.names import custom_fields_in_use
from leads.permissions import LeadPermission
from leads.services import columns as column_choice

# Where filters lead to, by the name that the panel is opened with.
VIEWS = {"list": "leads:lead_list", "board": "leads:board"}


@require_safe
@requires(LeadPermission.VIEW)
def lead_list(request: OrganizationRequest) -> HttpResponse:
    leads = LeadList(request)
    rows = leads.rows  # read first: it may add to what has to be said about the address
    total = leads.total_in_words
    if not total and request.GET.get("count"):
        total = in_words(leads.count())
    context = {
        "list": leads, "filters": leads.filters, "total": total, "sizes": sorted({*SIZES, leads.size}),
        "can_export": request.user.has_right(LeadPermission.EXPORT),
        "can_import": request.user.has_right(LeadPermission.IMPORT),
        "can_create": request.user.has_right(LeadPermission.CREATE),
        "can_delete": request.user.has_right(LeadPermission.DELETE),
    }  # fmt: skip
    response = render(request, "leads/lead_list.html", context, partial="lead-list")
    if wants_fragment(request):
        trigger(response, "say", {"text": (total or "Leads " + leads.shown) if rows else "No lead matches"})
    return response


@require_safe
@requires(LeadPermission.VIEW)
def lead_count(request: OrganizationRequest) -> HttpResponse:
    """Count what the page did not wait for."""
    leads = LeadList(request)
    return render(request, "leads/_lead_count.html", {"total": in_words(leads.count())})


@require_safe
@requires(LeadPermission.VIEW)
def lead_filters(request: OrganizationRequest) -> HttpResponse:
    """Show every filter: a drawer, or a page without script; what is chosen goes into the address of the list."""
    kept = list(other_parameters(request.GET))
    filters = LeadFilter(request.GET, access.visible_leads(request), user=request.user, whole=True, kept=kept)
    view = request.GET.get("to", "") if request.GET.get("to", "") in VIEWS else "list"
    url = reverse(VIEWS[view])
    filters.applied  # noqa: B018 — reads the address, so that its problems are known
    if "apply" in request.GET and not filters.problems:
        return redirect(request, f"{url}?{urlencode([*filters.pairs, *kept])}".rstrip("?"))
    context = {
        "groups": _groups(filters), "url": url, "view": view, "kept": kept,
        "suggestions": suggestions.values_for(request.user),
    }  # fmt: skip
    return render(request, "leads/lead_filters.html", context, partial="filter-form")


@dataclass(frozen=True)
class Group:
    """A heading of the panel with its fields."""

    name: str
    fields: list[BoundField]

    @property
    def in_use(self) -> bool:
        """Tell whether the address has any of them."""
        return any(field.value() not in (None, "", []) or field.errors for field in self.fields)


def _groups(filters: LeadFilter) -> list[Group]:
    form = filters.form
    # Nothing is required, so saying "optional" thirty times would only be noise.
    form.use_required_attribute = False
    groups: dict[str, Group] = {}
    for name, item in filters.filters.items():
        form.fields[name].required = True
        groups.setdefault(item.group, Group(item.group, [])).fields.append(form[name])
    return list(groups.values())


@require_http_methods(["GET", "POST"])
@requires(LeadPermission.VIEW)
def lead_columns(request: OrganizationRequest) -> HttpResponse:
    """Choose the columns of the list and their order; works without script, a button for each step."""
    custom = custom_fields_in_use()
    names = {**{name: column.label for name, column in tables.COLUMNS.items()},
             **{tables.CUSTOM + field.key: field.label for field in custom}}  # fmt: skip
    if request.method == "GET":
        shown = [name for name in tables.saved_columns(request.user) if name in names]
        order, back = [*shown, *(name for name in names if name not in shown)], request.GET.urlencode()
    else:
        given = [name for name in request.POST.getlist("order") if name in names]
        order = list(dict.fromkeys([*given, *names]))
        shown, back = [name for name in order if name in request.POST.getlist("col")], request.POST.get("back", "")
        if "move" not in request.POST:
            chosen = [] if "reset" in request.POST else shown
            column_choice.choose_columns(names=chosen, actor=request.user)
            return redirect(request, f"{reverse('leads:lead_list')}?{QueryDict(back).urlencode()}".rstrip("?"))
        order = _moved(order, request.POST["move"])
    context = {
        "choices": [(name, names[name], name in shown) for name in order], "back": back,
        "back_url": f"{reverse('leads:lead_list')}?{back}".rstrip("?"),
    }  # fmt: skip
    return render(request, "leads/lead_columns.html", context, partial="column-form")


def _moved(order: list[str], wanted: str) -> list[str]:
    direction, _, name = wanted.partition(":")
    if name not in order or direction not in ("up", "down"):
        return order
    at = order.index(name)
    to = max(0, min(len(order) - 1, at + (1 if direction == "down" else -1)))
    order[at], order[to] = order[to], order[at]
    return order
