"""Leads in the command palette."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse

from leadcrm.core.palette import Found, register
from leadcrm.core.request import OrganizationRequest
from leads.models import Lead
from leads.permissions import LeadPermission

COLUMNS = ("first_name", "last_name", "company", "email", "phone", "external_id", "job_title", "stage", "stage__name")


def search_leads(request: OrganizationRequest, query: str, most: int) -> Iterator[Found]:
    """Find the best matches among the leads that the person sees, or those touched last for an empty query."""
    if not request.user.has_right(LeadPermission.VIEW):
        return
    leads = Lead.objects.visible_to(request.user).select_related("stage").only(*COLUMNS)
    leads = leads.found_by(query, user=request.user, limit=most) if query else leads.order_by("-updated_at", "-id")
    for lead in leads[:most]:
        yield Found(lead.title, reverse("leads:lead_detail", args=[lead.pk]), lead.subtitle, lead.stage.name)


register("leads", search_leads)
