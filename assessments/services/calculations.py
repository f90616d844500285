"""Keep calculations: versions that a member saves on a lead, and those that a prospect asks for."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction

from assessments.choices import CalculationType
from assessments.events import CalculatorEvent
from assessments.models import Calculation
from assessments.models.calculation import LONGEST_PAYBACK
from assessments.reports.shown import shown
from assessments.services.roi import Computed
from leadcrm.audit import services as audit
from leadcrm.core import money
from leads.choices import JourneyEventType
from leads.models import Lead
from leads.services import journey

if TYPE_CHECKING:
    from leadcrm.accounts.models import User


def unsaved(*, type: CalculationType, computed: Computed, currency: str) -> Calculation:
    """Return a calculation that is shown and not kept."""
    payback = computed.payback_months
    return Calculation(
        type=type,
        inputs=computed.inputs,
        results=computed.results,
        total_value_minor=money.to_minor(computed.total, currency) or 0,
        roi=None if computed.roi_percent is None else Decimal(computed.roi_percent),
        payback_months=None if payback is None else min(payback, LONGEST_PAYBACK),
        currency=currency,
        rate_version=computed.rate_version,
    )


@transaction.atomic
def save_for_lead(
    *, lead: Lead, type: CalculationType, computed: Computed, currency: str, actor: User | None, label: str = "",
    email: str = "", token_hash: str | None = None,
) -> Calculation:  # fmt: skip
    """Keep a calculation as a version of its own on a lead.

    Side effects: journey and audit entries, domain event.
    """
    calculation = unsaved(type=type, computed=computed, currency=currency)
    calculation.organization_id = lead.organization_id
    calculation.lead, calculation.email, calculation.label = lead, email or lead.email, label
    calculation.token_hash, calculation.created_by = token_hash, actor
    calculation.save(force_insert=True)
    journey.record(
        lead, JourneyEventType.CALCULATION_PERFORMED, actor=actor, name=calculation.get_type_display(),
        description=shown(calculation).headline,
        properties={"calculation": str(calculation.pk), "type": calculation.type},
    )  # fmt: skip
    audit.record(CalculatorEvent.CALCULATION_SAVED, calculation, actor=actor, description=str(calculation))
    audit.announce(
        CalculatorEvent.CALCULATION_SAVED, calculation, actor=actor,
        payload={"lead": str(lead.pk), "type": calculation.type, "total_value_minor": calculation.total_value_minor},
    )  # fmt: skip
    return calculation
