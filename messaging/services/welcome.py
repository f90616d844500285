"""Welcome a lead that qualifies, once in its life."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from leadcrm.audit import settings as options
from leadcrm.core.errors import DomainError
from leads.choices import SourceType
from messaging import gates
from messaging.choices import Template
from messaging.services import queued_emails

if TYPE_CHECKING:
    from leads.models import Lead
    from messaging.models import QueuedEmail

logger = logging.getLogger(__name__)


def welcome(lead: Lead) -> QueuedEmail | None:
    """Queue the welcome mail of a lead that has just qualified; None when it gets none.

    A mail that cannot be queued never keeps a lead from qualifying.
    """
    if not lead.email or not _is_wanted(lead) or gates.refusal(Template.WELCOME, lead.email, lead):
        return None
    try:
        return queued_emails.queue_email(
            template=Template.WELCOME,
            to=[lead.email],
            data={"name": lead.full_name},
            lead=lead,
            dedupe_key=f"welcome:{lead.pk}",
        )
    except DomainError as refusal:
        logger.info("The lead %s gets no welcome mail: %s", lead.pk, refusal.message)
        return None


def _is_wanted(lead: Lead) -> bool:
    chosen = options.get("messaging.welcome")
    if chosen == "own":
        return lead.batch_id is None and lead.source_type != SourceType.AUTOMATED
    return chosen == "everyone" or (chosen == "inbound" and lead.source_type == SourceType.INBOUND)
