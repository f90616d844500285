"""What a proposal is called and until when it holds, and who accepts it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from assessments.forms.texts import BlockField, LineField
from assessments.preferences import PROPOSAL_DAYS
from assessments.services.proposals import LONGEST_NAME
from leadcrm.audit import settings


class ProposalForm(forms.Form):
    use_required_attribute = False

    title = LineField(label="Title", max_length=160, help_text="What the project is about, in a few words.")
    introduction = BlockField(
        label="Introduction", max_length=5_000, required=False, widget=forms.Textarea(attrs={"rows": 5})
    )
    valid_until = forms.DateField(
        label="Valid until",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Enter a day such as 2026-12-31."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("valid_until", last_day())


def last_day() -> date:
    """Return the last day that a new proposal suggests."""
    return timezone.localdate() + timedelta(days=int(settings.get(PROPOSAL_DAYS)))


class AcceptanceForm(forms.Form):
    use_required_attribute = False

    name = LineField(
        label="Your full name",
        max_length=LONGEST_NAME,
        help_text="Typing your name and pressing the button accepts the proposal for your company.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "Type your full name."},
    )
