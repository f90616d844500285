"""From the query string of the list to the leads it shows: what exports need to know of the filters."""

from __future__ import annotations

from django.http import QueryDict

from leadcrm.accounts.models import User
from leads.filters import LeadFilter
from leads.models import Lead
from leads.querysets import LeadQuerySet
from leads.services import exporting


def leads_of(query: str, user: User) -> LeadQuerySet:
    """Return the leads that the list shows ``user`` for a query string."""
    leads: LeadQuerySet = LeadFilter(QueryDict(query), queryset=Lead.objects.visible_to(user), user=user).qs
    return leads


exporting.register_selection(leads_of)
