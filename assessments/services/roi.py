"""Compute returns with the rates of the organisation, in the shape that a calculation stores.

``inputs``: {employees: int, average_annual_salary, overhead_percent, inefficiency_percent: text, tier: "L1"-"L5"}.
``results``: {cost_of_inefficiency, set_up, running_per_year: text, rate: {…}, scenarios: {low, expected, high:
{annual_savings, roi_percent: text, payback_months: int or null, npv: text, flows: [text, …]}}}. Amounts are in major
units.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from assessments.preferences import ROI_RATES
from assessments.rules import roi, tables
from leadcrm.audit import settings


@dataclass(frozen=True, slots=True)
class Computed:
    """What a calculation stores."""

    inputs: dict[str, Any]
    results: dict[str, Any]
    total: Decimal
    roi_percent: Decimal | None
    payback_months: int | None
    rate_version: int


def compute(*, tier: str, inputs: roi.Inputs) -> Computed:
    """Return what a project of ``tier`` returns, by the rates in force.

    Raises: ValueError for inputs that the rules refuse; KeyError for an unknown tier.
    """
    table = settings.rates(ROI_RATES)
    rate = tables.roi_rates(table.values)[tier]
    result = roi.calculate(inputs, rate)
    expected = result.scenarios["expected"]
    return Computed(
        inputs={
            "employees": inputs.employees,
            "average_annual_salary": str(inputs.average_annual_salary),
            "overhead_percent": str(inputs.overhead_percent),
            "inefficiency_percent": str(inputs.inefficiency_percent),
            "tier": tier,
        },
        results={
            "cost_of_inefficiency": str(result.cost_of_inefficiency),
            "set_up": str(result.set_up),
            "running_per_year": str(result.running_per_year),
            "rate": dict(table.values[tier]),
            "scenarios": {name: _plain(scenario) for name, scenario in result.scenarios.items()},
        },
        total=expected.annual_savings,
        roi_percent=expected.roi_percent,
        payback_months=expected.payback_months,
        rate_version=table.version,
    )


def _plain(scenario: roi.Scenario) -> dict[str, Any]:
    return {
        "annual_savings": str(scenario.annual_savings),
        "roi_percent": str(scenario.roi_percent),
        "payback_months": scenario.payback_months,
        "npv": str(scenario.npv),
        "flows": [str(flow) for flow in scenario.flows],
    }
