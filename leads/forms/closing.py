"""What a move carries, and what a stage that ends a lead asks for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from leadcrm.core import money
from leads.choices import LeadStatus
from leads.forms.fields import AmountField, LineField
from leads.models import Lead, PipelineStage
from leads.querysets import LeadQuerySet

LARGEST = 10**15
REASONS = 8
RECENT = 200


class MoveForm(forms.Form):
    """Where a card was dropped, and what the person saw of it."""

    stage = forms.UUIDField()
    above = forms.UUIDField(required=False)
    below = forms.UUIDField(required=False)
    seen_stage = forms.UUIDField(required=False)
    version = forms.IntegerField(required=False, min_value=1)

    def hidden(self) -> list[tuple[str, str]]:
        """Return what a dialog must send again."""
        return [(name, str(value)) for name in self.fields if (value := self.data.get(name))]


class ClosingForm(forms.Form):
    """The base of both: ``details`` is what the move needs."""

    title = ""
    action = ""

    def __init__(self, *args: Any, lead: Lead, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lead = lead

    @property
    def details(self) -> dict[str, Any]:
        raise NotImplementedError


class WonForm(ClosingForm):
    title = "Won. What is it worth?"
    action = "Mark as won"

    def __init__(self, *args: Any, lead: Lead, **kwargs: Any) -> None:
        expected = lead.predicted_value
        kwargs.setdefault("initial", {"won_value": "" if expected is None else f"{expected.normalize():f}"})
        super().__init__(*args, lead=lead, **kwargs)
        self.amount = AmountField(
            label=f"Won value in {lead.currency}",
            help_text="The value that was expected is filled in." if expected is not None else "",
        )
        self.amount.widget.attrs["autofocus"] = True
        self.fields["won_value"] = self.amount

    def clean_won_value(self) -> Decimal:
        minor, currency = self.amount.minor(self.cleaned_data["won_value"], self.lead.currency)
        if currency != self.lead.currency:
            raise ValidationError(f"This lead is kept in {self.lead.currency}; enter the value in that currency.")
        if minor is None or minor < 0:
            raise ValidationError("Enter an amount of zero or more.")
        if minor > LARGEST:
            raise ValidationError("That is more than leadcrm can keep.")
        return money.to_decimal(minor, currency) or Decimal(0)

    @property
    def details(self) -> dict[str, Any]:
        return {"won_value": self.cleaned_data["won_value"]}


class LostForm(ClosingForm):
    title = "Lost. What was the reason?"
    action = "Mark as lost"
    lost_reason = LineField(
        label="Reason", max_length=255, help_text="Short and the same each time, so that it can be counted."
    )

    def __init__(self, *args: Any, lead: Lead, reasons: list[str], **kwargs: Any) -> None:
        super().__init__(*args, lead=lead, **kwargs)
        self.reasons = reasons
        self.fields["lost_reason"].widget.attrs |= {"list": "lost-reasons", "autofocus": True, "autocomplete": "off"}

    @property
    def details(self) -> dict[str, Any]:
        return {"lost_reason": self.cleaned_data["lost_reason"]}


def closing_form(stage: PipelineStage, lead: Lead, *, leads: LeadQuerySet, data: Any = None) -> ClosingForm | None:
    """Return the form that ``stage`` asks for, or None. Costs a query for a lost stage."""
    if stage.is_won:
        return WonForm(data, lead=lead)
    if stage.is_lost:
        return LostForm(data, lead=lead, reasons=recent_reasons(leads))
    return None


def recent_reasons(leads: LeadQuerySet) -> list[str]:
    """Return the reasons given most often for the leads lost last, without repeating one in other letters."""
    lost = leads.filter(status=LeadStatus.CLOSED_LOST, closed_at__isnull=False).order_by("-closed_at")
    counts: dict[str, int] = {}
    spelled: dict[str, str] = {}
    for reason in lost.values_list("lost_reason", flat=True)[:RECENT]:
        if reason:
            key = reason.casefold()
            counts[key] = counts.get(key, 0) + 1
            spelled.setdefault(key, reason)
    return [spelled[key] for key in sorted(counts, key=lambda one: -counts[one])[:REASONS]]
