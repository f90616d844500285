"""Form fields for the custom fields of an organisation, typed as their definitions say."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from leads.choices import CustomFieldType
from leads.forms.fields import BlockField, DayField, LineField, YesNoField, link_field
from leads.importing.values.numbers import read_decimal
from leads.reports.facts import CustomFact

LONGEST_TEXT = 5_000


class CustomNumberField(LineField):
    """Any number; a whole one is stored as such."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        number = read_decimal(text)
        if number is None:
            raise ValidationError("This is not a number.", code="bad_number")
        return int(number) if number == number.to_integral_value() else float(number)


def custom_form_field(field: CustomFact) -> forms.Field:
    """Return the form field for a custom field; its cleaned value is what the JSON holds, None for nothing."""
    options: dict[str, Any] = {"label": field.label, "required": False}
    if field.type == CustomFieldType.NUMBER:
        return CustomNumberField(widget=forms.TextInput(attrs={"inputmode": "decimal"}), **options)
    if field.type == CustomFieldType.BOOLEAN:
        return YesNoField(**options)
    if field.type == CustomFieldType.DATE:
        return DayField(**options)
    if field.type == CustomFieldType.URL:
        return link_field(max_length=500, **options)
    return BlockField(max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 2}), **options)


def stored(value: Any) -> Any:
    """Return a cleaned value as the JSON holds it."""
    if value is None or value == "":
        return None
    return value.isoformat() if hasattr(value, "isoformat") else value
