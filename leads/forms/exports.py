"""What a person chooses before an export."""

from __future__ import annotations

from typing import Any

from django import forms

from leads.exporting.columns import DEFAULT, everything
from leads.models import LeadExport


class ExportForm(forms.Form):
    format = forms.ChoiceField(
        choices=LeadExport.Format.choices, initial=LeadExport.Format.CSV, widget=forms.RadioSelect,
        help_text="CSV opens everywhere and can be imported again. Excel holds at most 1,048,575 leads.",
    )  # fmt: skip
    columns = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple, initial=list(DEFAULT))
    query = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, custom: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["columns"].choices = [(column.name, column.label) for column in everything(custom)]  # type: ignore[attr-defined]
