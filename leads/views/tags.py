"""The list of tags, for those who configure."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leadcrm.accounts.rights import requires
from leadcrm.core.errors import DomainError
from leadcrm.core.forms import add_refusal
from leadcrm.core.htmx import redirect, render
from leadcrm.core.request import OrganizationRequest
from leads import access
from leads.forms.tags import MergeForm, TagForm
from leads.models import Tag
from leads.permissions import LeadPermission
from leads.services import tags


@require_safe
@requires(LeadPermission.CONFIGURE)
def tag_list(request: OrganizationRequest) -> HttpResponse:
    rows = Tag.objects.with_sizes().order_by("name")
    return render(request, "leads/tag_list.html", {"tags": rows})


@require_http_methods(["GET", "POST"])
@requires(LeadPermission.CONFIGURE)
def tag_create(request: OrganizationRequest) -> HttpResponse:
    return _edit(request, None)


@require_http_methods(["GET", "POST"])
@requires(LeadPermission.CONFIGURE)
def tag_edit(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    return _edit(request, access.get_tag(request, pk))


def _edit(request: OrganizationRequest, tag: Tag | None) -> HttpResponse:
    form = TagForm(request.POST or None, tag=tag)
    if request.method == "POST" and form.is_valid():
        try:
            tags.save_tag(tag=tag, **form.cleaned_data, actor=request.user)
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(request, f"The tag {form.cleaned_data['name']} is saved.")
            return redirect(request, reverse("leads:tag_list"))
    merge = MergeForm(tag=tag) if tag else None
    context = {"form": form, "tag": tag, "merge": merge}
    return render(request, "leads/tag_form.html", context, status=422 if form.errors else 200)


@require_POST
@requires(LeadPermission.CONFIGURE)
def tag_merge(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    tag = access.get_tag(request, pk)
    merge = MergeForm(request.POST, tag=tag)
    if not merge.is_valid():
        context = {"form": TagForm(tag=tag), "tag": tag, "merge": merge}
        return render(request, "leads/tag_form.html", context, status=422)
    into = merge.cleaned_data["into"]
    count = tags.merge_tag(tag=tag, into=into, actor=request.user)
    messages.success(request, f"{tag.name} is merged into {into}; {count} leads had it.")
    return redirect(request, reverse("leads:tag_list"))


@require_POST
@requires(LeadPermission.CONFIGURE)
def tag_deletion(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    tag = access.get_tag(request, pk)
    count = tags.delete_tag(tag=tag, actor=request.user)
    messages.success(request, f"The tag {tag.name} is deleted; {count} leads had it.")
    return redirect(request, reverse("leads:tag_list"))
