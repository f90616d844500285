"""Lock a lead the one right way."""

from __future__ import annotations

import uuid

from leads.models import Lead


def lock_lead(pk: uuid.UUID) -> Lead:
    """Return the lead, locked until the end of the transaction.

    Nothing is joined: PostgreSQL would look for the lead's new stage or owner among the rows that it joined
    before it waited, and find none. And NO KEY, because the foreign keys of its children must not wait for it.

    Raises: Lead.DoesNotExist.
    """
    lead: Lead = Lead.objects.select_for_update(no_key=True).get(pk=pk)
    return lead
