"""What an investment returns: pure functions, exact until they are rounded once (money to the hundredth).

The formulas are those of the consultancy system's calculator, with three scenarios of the recovery rate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil

from assessments.rules.rounding import exact, rounded

YEARS = 3
RUNNING_SHARE = Fraction(15, 100)  # of the set-up, every year
DISCOUNT = Fraction(10, 100)  # a year
SCENARIOS = {"low": Fraction(7, 10), "expected": Fraction(1), "high": Fraction(13, 10)}
MOST_EMPLOYEES = 1_000_000


@dataclass(frozen=True, slots=True)
class TierRate:
    """What a tier costs and recovers: ``recovery_percent`` of the inefficiency, money in major units."""

    recovery_percent: Decimal
    base: Decimal
    per_employee: Decimal


DEFAULT_RATES: Mapping[str, TierRate] = {
    "L1": TierRate(Decimal(15), Decimal(50_000), Decimal(500)),
    "L2": TierRate(Decimal(30), Decimal(150_000), Decimal(1_000)),
    "L3": TierRate(Decimal(40), Decimal(300_000), Decimal(1_500)),
    "L4": TierRate(Decimal(55), Decimal(750_000), Decimal(2_500)),
    "L5": TierRate(Decimal(65), Decimal(1_500_000), Decimal(4_000)),
}


@dataclass(frozen=True, slots=True)
class Inputs:
    """What was asked. Money in major units a year, shares in percent."""

    employees: int
    average_annual_salary: Decimal
    inefficiency_percent: Decimal
    overhead_percent: Decimal = Decimal(20)

    def __post_init__(self) -> None:
        if not 1 <= self.employees <= MOST_EMPLOYEES:
            raise ValueError(f"Employees are 1 to {MOST_EMPLOYEES:,}.")
        if not exact(self.average_annual_salary) > 0:
            raise ValueError("The salary is more than 0.")
        if not 0 <= exact(self.overhead_percent) <= 200:
            raise ValueError("The overhead is 0 to 200 %.")
        if not 0 <= exact(self.inefficiency_percent) <= 100:
            raise ValueError("The inefficiency is 0 to 100 %.")


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario. ``payback_months`` is None when it does not pay back; ``flows`` begin with the set-up (year 0)."""

    annual_savings: Decimal
    roi_percent: Decimal
    payback_months: int | None
    npv: Decimal
    flows: tuple[Decimal, ...]

    @property
    def cumulative(self) -> tuple[Decimal, ...]:
        """Return what has come back by the end of each year, from year 0."""
        sums, total = [], Decimal(0)
        for flow in self.flows:
            total += flow
            sums.append(total)
        return tuple(sums)


@dataclass(frozen=True, slots=True)
class ReturnOnInvestment:
    cost_of_inefficiency: Decimal
    set_up: Decimal
    running_per_year: Decimal
    scenarios: Mapping[str, Scenario]


def calculate(inputs: Inputs, rate: TierRate) -> ReturnOnInvestment:
    """Return what a project of this tier costs and returns, in three scenarios."""
    overhead = 1 + exact(inputs.overhead_percent) / 100
    payroll = inputs.employees * exact(inputs.average_annual_salary) * overhead
    lost = payroll * exact(inputs.inefficiency_percent) / 100
    set_up = exact(rate.base) + exact(rate.per_employee) * inputs.employees
    running = set_up * RUNNING_SHARE
    recovery = exact(rate.recovery_percent) / 100
    return ReturnOnInvestment(
        cost_of_inefficiency=rounded(lost, 2),
        set_up=rounded(set_up, 2),
        running_per_year=rounded(running, 2),
        scenarios={
            name: _scenario(lost * min(recovery * factor, Fraction(1)), set_up, running)
            for name, factor in SCENARIOS.items()
        },
    )


def _scenario(savings: Fraction, set_up: Fraction, running: Fraction) -> Scenario:
    spent = set_up + YEARS * running
    yearly = savings - running
    flows = [-set_up] + [yearly] * YEARS
    npv = sum((flow / (1 + DISCOUNT) ** year for year, flow in enumerate(flows)), Fraction(0))
    return Scenario(
        annual_savings=rounded(savings, 2),
        roi_percent=rounded((YEARS * savings - spent) / spent * 100, 1) if spent else Decimal(0),
        payback_months=ceil(set_up / (yearly / 12)) if yearly > 0 else None,
        npv=rounded(npv, 2),
        flows=tuple(rounded(flow, 2) for flow in flows),
    )
