"""What the ROI calculator asks."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms

from assessments.forms.numbers import NumberField
from assessments.forms.texts import LineField
from assessments.rules import roi
from assessments.services import roi as returns
from leads.choices import ServiceTier

MOST_SALARY = 1_000_000_000
# What an employee costs a year where nobody said: the middle of the slider.
TYPICAL_SALARY = {"INR": 600_000, "JPY": 5_000_000, "KRW": 45_000_000, "IDR": 90_000_000, "VND": 150_000_000}
OTHER_SALARY = 40_000
DEFAULT_OVERHEAD = 20
TIERS = [(tier.label[:2], tier.label) for tier in ServiceTier]


@dataclass(frozen=True, slots=True)
class Slider:
    low: int
    high: int
    step: int


def defaults(currency: str) -> dict[str, Any]:
    """Return what the calculator starts with, so that a first result is there at once."""
    return {
        "employees": 50,
        "average_annual_salary": TYPICAL_SALARY.get(currency, OTHER_SALARY),
        "overhead_percent": DEFAULT_OVERHEAD,
        "inefficiency_percent": 15,
        "tier": "L2",
    }


class RoiForm(forms.Form):
    """The inputs of one calculation."""

    use_required_attribute = False

    employees = NumberField(
        label="Employees", low=1, high=roi.MOST_EMPLOYEES, help_text="How many people work for you."
    )
    average_annual_salary = NumberField(
        label="Average salary a year", low="0.01", high=MOST_SALARY, decimals=2, help_text="Before overhead."
    )
    overhead_percent = NumberField(
        label="Overhead in percent",
        low=0,
        high=200,
        decimals=2,
        prefers_groups=False,
        required=False,
        help_text="What comes on top of salaries: offices, insurance, equipment. Left empty, it is 20.",
    )
    inefficiency_percent = NumberField(
        label="Time lost in percent",
        low=0,
        high=100,
        decimals=2,
        prefers_groups=False,
        help_text="How much of the working time goes into copying, searching, waiting and doing things twice.",
    )
    tier = forms.ChoiceField(
        label="Service", choices=TIERS, error_messages={"invalid_choice": "Choose one of the services."}
    )

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency
        self.fields["average_annual_salary"].label = f"Average salary a year in {currency}"
        self.initial = {**defaults(currency), **self.initial}
        for name in self.fields:
            if name in INPUTS:
                self.fields[name].widget.attrs["aria-describedby"] = f"id_{name}_helptext id_{name}_error"

    def sliders(self) -> dict[str, Slider]:
        salary = TYPICAL_SALARY.get(self.currency, OTHER_SALARY)
        return {
            "employees": Slider(1, 1_000, 1),
            "average_annual_salary": Slider(salary // 10, salary * 5, salary // 100),
            "overhead_percent": Slider(0, 200, 1),
            "inefficiency_percent": Slider(0, 100, 1),
        }

    def rows(self) -> list[tuple[forms.BoundField, Slider | None]]:
        """Return the fields of the calculation with their sliders."""
        sliders = self.sliders()
        return [(self[name], sliders.get(name)) for name in INPUTS]

    def slots(self) -> list[tuple[str, Any]]:
        """Return what is wrong with each field, by its name."""
        return [(name, self[name].errors) for name in INPUTS]

    def carried(self) -> list[tuple[str, str]]:
        """Return what was typed, for the forms that go on from a result."""
        return [(name, str(self[name].value() or "")[:200]) for name in INPUTS]

    def compute(self) -> returns.Computed:
        """Return the result of a valid form."""
        data = self.cleaned_data
        overhead = data["overhead_percent"]
        inputs = roi.Inputs(
            employees=int(data["employees"]),
            average_annual_salary=data["average_annual_salary"],
            overhead_percent=Decimal(DEFAULT_OVERHEAD) if overhead is None else overhead,
            inefficiency_percent=data["inefficiency_percent"],
        )
        return returns.compute(tier=data["tier"], inputs=inputs)


INPUTS = ("employees", "average_annual_salary", "overhead_percent", "inefficiency_percent", "tier")


class LeadRoiForm(RoiForm):
    """A calculation that a member keeps on a lead, under a name of its own."""

    label = LineField(
        label="Name of this version", max_length=120, required=False, help_text="For example “With two sites”."
    )
