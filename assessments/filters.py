"""The filters of the list of assessments."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet

from assessments.choices import AssessmentStatus
from assessments.models import Assessment
from leads.choices import ServiceTier


class AssessmentFilterForm(forms.Form):
    """Whatever is not valid is left out, so that a mangled link still shows the list."""

    status = forms.ChoiceField(required=False, choices=[("", "Any status"), *AssessmentStatus.choices])
    tier = forms.ChoiceField(required=False, choices=[("", "Any tier"), *ServiceTier.choices])

    def narrow(self, assessments: QuerySet[Assessment]) -> QuerySet[Assessment]:
        """Return the assessments that the filters leave."""
        return assessments.filter(**self.chosen())

    def chosen(self) -> dict[str, Any]:
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}
