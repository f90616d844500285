"""What the project estimate asks."""

from __future__ import annotations

from typing import Any

from django import forms

from assessments.forms.texts import LineField
from assessments.rules import estimates
from assessments.services import estimates as projects
from assessments.services.estimates import WORDS
from assessments.services.roi import Computed

CHOOSE = {"invalid_choice": "Choose one of the list.", "required": "Choose one of the list."}
INPUTS = ("project_type", "complexity", "timeline", "services")


def _choices(keys: Any) -> list[tuple[str, str]]:
    return [(key, WORDS[key]) for key in keys]


class EstimateForm(forms.Form):
    """The inputs of one estimate."""

    use_required_attribute = False

    project_type = forms.ChoiceField(
        label="Type of project",
        choices=_choices(estimates.DEFAULT_RATES.types),
        initial="workshop",
        error_messages=CHOOSE,
    )
    complexity = forms.ChoiceField(
        label="Complexity",
        choices=_choices(estimates.COMPLEXITIES),
        initial="medium",
        error_messages=CHOOSE,
        help_text="High when several systems, sites or groups of users are involved.",
    )
    timeline = forms.ChoiceField(
        label="Timeline",
        choices=_choices(estimates.TIMELINES),
        initial="standard",
        error_messages=CHOOSE,
        help_text="Fast and urgent projects need more people at once.",
    )
    services = forms.MultipleChoiceField(
        label="Services",
        choices=_choices(estimates.DEFAULT_RATES.services),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "invalid_choice": "Choose services of the list.",
            "invalid_list": "Choose services of the list.",
        },
    )

    def rows(self) -> list[forms.BoundField]:
        return [self[name] for name in INPUTS]

    def slots(self) -> list[tuple[str, Any]]:
        """Return nothing: there is no way to choose wrongly on the page."""
        return []

    def carried(self) -> list[tuple[str, str]]:
        """Return what was chosen, for the forms that go on from a result."""
        pairs: list[tuple[str, str]] = []
        for name in INPUTS:
            value = self[name].value()
            values = value if isinstance(value, list | tuple) else [value]
            pairs += [(name, str(one)[:60]) for one in values[:20] if one]
        return pairs

    def compute(self) -> Computed:
        """Return the result of a valid form."""
        data = self.cleaned_data
        return projects.compute(
            project_type=data["project_type"],
            complexity=data["complexity"],
            timeline=data["timeline"],
            services=data["services"],
        )


class LeadEstimateForm(EstimateForm):
    """An estimate that a member keeps on a lead, under a name of its own."""

    label = LineField(
        label="Name of this version", max_length=120, required=False, help_text="For example “Without support”."
    )
