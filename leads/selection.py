"""From the query string of the list to the leads it shows: what exports need to know of the filters."""

from __future__ import annotations

from django.http import QueryDict

from leadcrm.accounts.models import User
from leads.filters import LeadFilter
from leads.models import Lead
from leads.querysets import LeadQuerySet
from leads.services import exporting

# The list shows the best 500 matches of a search; a file has all of them.
EVERY_MATCH = 10_000_000


def leads_of(query: str, user: User) -> LeadQuerySet:
    """Return the leads of a query string that ``user`` sees."""
    visible = Lead.objects.visible_to(user)
    leads: LeadQuerySet = LeadFilter(QueryDict(query), queryset=visible, user=user, most_found=EVERY_MATCH).qs
    return leads


exporting.register_selection(leads_of)
