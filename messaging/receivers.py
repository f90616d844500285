"""What messaging does when leads announce something, in the transaction of the change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.dispatch import receiver

from leads import signals
from leads.choices import ActivityType
from messaging.services import meeting_reminders, welcome

if TYPE_CHECKING:
    from leadcrm.accounts.models import User
    from leads.models import Activity, Lead

# Facts of a lead on which its reminders depend.
REMINDER_FACTS = frozenset({"email", "first_name", "last_name", "do_not_contact"})
MEETING_TYPES = (ActivityType.MEETING, ActivityType.DEMO)


@receiver(signals.lead_qualified, dispatch_uid="messaging.welcome")
def welcome_lead(sender: Any, lead: Lead, **kwargs: Any) -> None:  # noqa: ARG001 — the signature is Django's
    welcome.welcome(lead)


@receiver(signals.activity_changed, dispatch_uid="messaging.activity_changed")
def follow_activity(
    sender: Any,  # noqa: ARG001 — the signature is Django's
    activity: Activity,
    lead: Lead,
    actor: User | None,
    is_new: bool,
    **kwargs: Any,  # noqa: ARG001
) -> None:
    # Nothing can be queued for what was just planned, so most plans cost no query.
    if not is_new or activity.type in MEETING_TYPES:
        meeting_reminders.follow(activity=activity, lead=lead, actor=actor)


@receiver(signals.lead_updated, dispatch_uid="messaging.lead_updated")
def follow_lead(
    sender: Any,  # noqa: ARG001 — the signature is Django's
    lead: Lead,
    actor: User | None,
    changes: Mapping[str, Any],
    **kwargs: Any,  # noqa: ARG001
) -> None:
    if REMINDER_FACTS & changes.keys():
        meeting_reminders.follow_all(lead=lead, actor=actor)
