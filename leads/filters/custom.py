"""Filters on custom fields: equality with a value of the field's type."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms

from leads.choices import CustomFieldType
from leads.filters import fields
from leads.filters.kinds import ListFilter, Words
from leads.models import CustomField
from leads.querysets import LeadQuerySet

PREFIX = "cf_"
LONGEST_TEXT = 255


class NumberField(forms.DecimalField):
    """Any number of a sane size."""

    def __init__(self, **kwargs: Any) -> None:
        message = "must be a number"
        errors = dict.fromkeys(("invalid", "max_digits", "max_decimal_places", "max_whole_digits"), message)
        super().__init__(max_digits=20, decimal_places=10, error_messages=errors, **kwargs)


class CustomFilter(ListFilter):
    """Leads whose custom field equals a value."""

    def __init__(self, definition: CustomField) -> None:
        self.definition = definition
        self.field_class = {
            CustomFieldType.NUMBER: NumberField,
            CustomFieldType.DATE: fields.DayField,
            CustomFieldType.BOOLEAN: fields.ChoiceField,
        }.get(CustomFieldType(definition.type), forms.CharField)
        extra: dict[str, Any] = {}
        if definition.type == CustomFieldType.BOOLEAN:
            extra["choices"] = [("", "Any"), ("yes", "Yes"), ("no", "No")]
        elif self.field_class is forms.CharField:
            extra["max_length"] = LONGEST_TEXT
        super().__init__(definition.label, "Own fields", "custom_fields", **extra)

    def stored(self, value: Any) -> Any:
        """Return the value as the JSON holds it."""
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, Decimal):
            return int(value) if value == value.to_integral_value() else float(value)
        if self.definition.type == CustomFieldType.BOOLEAN:
            return value == "yes"
        return value

    def apply(self, queryset: LeadQuerySet, value: Any) -> LeadQuerySet:
        return queryset.with_custom_value(self.definition.key, self.stored(value))

    def words(self, value: Any) -> Words:
        text = value.isoformat() if isinstance(value, date) else str(value)
        return [(text, {"yes": "Yes", "no": "No"}.get(text, text))]
