"""Forms about mails in the queue."""

from __future__ import annotations

from typing import Any

from django import forms

from messaging.choices import MailStatus, Resolution, Template

IN_DOUBT = "in_doubt"


class QueuedEmailFilterForm(forms.Form):
    """The filters of the page of mails; whatever is not valid is left out."""

    q = forms.CharField(required=False, max_length=254)
    status = forms.ChoiceField(
        required=False, choices=[("", "Any state"), *MailStatus.choices, (IN_DOUBT, "In doubt: to be decided")]
    )
    template = forms.ChoiceField(required=False, choices=[("", "Any kind"), *Template.choices])

    def chosen(self) -> dict[str, Any]:
        self.is_valid()
        return {name: value for name, value in getattr(self, "cleaned_data", {}).items() if value}


class ResolutionForm(forms.Form):
    resolution = forms.ChoiceField(label="What became of it?", choices=Resolution.choices, widget=forms.RadioSelect)
