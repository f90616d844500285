"""What pages, documents and mails show of a calculation: texts for people, made from nothing but what was stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from assessments.rules import roi
from leadcrm.core import charts, money
from leads.choices import ServiceTier

SCENARIO_WORDS = {"low": "Low", "expected": "Expected", "high": "High"}
NEVER = "Does not pay back"
LONGEST_SHOWN = 1_200
TIER_LABELS = {tier.label[:2]: tier.label for tier in ServiceTier}


def amount(value: str | Decimal, currency: str) -> str:
    """Return an amount in major units as people read it."""
    return money.show(money.to_minor(Decimal(value), currency), currency)


def months(count: int | None) -> str:
    """Return how long it takes until a project has paid for itself, in words."""
    if count is None:
        return NEVER
    if count == 1:
        return "1 month"
    if count > LONGEST_SHOWN:
        return "More than 100 years"
    return f"{count:,} months"


def percent(value: str | Decimal) -> str:
    number = Decimal(value)
    text = f"{number:,f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text} %"


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario in words; ``flows`` and ``sums`` begin with the set-up (year 0)."""

    name: str
    annual_savings: str
    roi: str
    payback: str
    npv: str
    pays_back: bool
    flows: list[str]
    sums: list[str]


class ShownRoi:
    """Returns as people read them."""

    def __init__(self, inputs: Mapping[str, Any], results: Mapping[str, Any], currency: str) -> None:
        self.inputs, self.results, self.currency = inputs, results, currency

    def _amount(self, value: str | Decimal) -> str:
        return amount(value, self.currency)

    @cached_property
    def asked(self) -> list[tuple[str, str]]:
        """Return what was asked, as (label, value)."""
        return [
            ("Employees", f"{self.inputs['employees']:,}"),
            ("Average salary a year", self._amount(self.inputs["average_annual_salary"])),
            ("Overhead", percent(self.inputs["overhead_percent"])),
            ("Time lost", percent(self.inputs["inefficiency_percent"])),
            ("Service", TIER_LABELS[self.inputs["tier"]]),
        ]

    @cached_property
    def scenarios(self) -> list[Scenario]:
        return [self._scenario(name) for name in SCENARIO_WORDS]

    @property
    def expected(self) -> Scenario:
        return self.scenarios[1]

    def _scenario(self, name: str) -> Scenario:
        stored = self.results["scenarios"][name]
        return Scenario(
            name=SCENARIO_WORDS[name],
            annual_savings=self._amount(stored["annual_savings"]),
            roi=percent(stored["roi_percent"]),
            payback=months(stored["payback_months"]),
            npv=self._amount(stored["npv"]),
            pays_back=stored["payback_months"] is not None,
            flows=[self._amount(flow) for flow in stored["flows"]],
            sums=[self._amount(total) for total in _sums(stored["flows"])],
        )

    @cached_property
    def costs(self) -> list[tuple[str, str]]:
        """Return what the project works against and what it costs, as (label, value)."""
        return [
            ("Time lost costs a year", self._amount(self.results["cost_of_inefficiency"])),
            ("Set-up", self._amount(self.results["set_up"])),
            ("Running costs a year", self._amount(self.results["running_per_year"])),
        ]

    @cached_property
    def headline(self) -> str:
        """Return the result in one sentence."""
        expected = self.expected
        if not expected.pays_back:
            return (
                f"This does not pay back: it would save {expected.annual_savings} a year, and running it costs "
                f"{self._amount(self.results['running_per_year'])} a year."
            )
        payback = expected.payback[:1].lower() + expected.payback[1:]
        return f"You could save {expected.annual_savings} a year. It pays for itself after {payback}."

    @cached_property
    def compared(self) -> list[tuple[str, list[str]]]:
        """Return the rows of the table of scenarios."""
        return [
            ("Savings a year", [one.annual_savings for one in self.scenarios]),
            (f"Return after {roi.YEARS} years", [one.roi for one in self.scenarios]),
            ("Pays for itself after", [one.payback for one in self.scenarios]),
            ("Net present value", [one.npv for one in self.scenarios]),
        ]

    @cached_property
    def years(self) -> list[tuple[str, list[str]]]:
        """Return the rows of the table behind the chart: flow and sum of the expected case, sums of the others."""
        low, expected, high = self.scenarios
        return [
            (
                "Start" if year == 0 else f"Year {year}",
                [expected.flows[year], low.sums[year], expected.sums[year], high.sums[year]],
            )
            for year in range(len(expected.flows))
        ]

    @cached_property
    def chart(self) -> charts.CashFlow:
        return self._chart(640, 280)

    @cached_property
    def both_charts(self) -> list[tuple[charts.CashFlow, str]]:
        """Return the chart for wide and for narrow places, with the class of each."""
        return [(self.chart, "chart__wide"), (self._chart(360, 300), "chart__narrow")]

    def _chart(self, width: int, height: int) -> charts.CashFlow:
        stored = self.results["scenarios"]
        sums = {name: [float(total) for total in _sums(stored[name]["flows"])] for name in SCENARIO_WORDS}
        return charts.cash_flow(
            [float(flow) for flow in stored["expected"]["flows"]],
            low=sums["low"],
            middle=sums["expected"],
            high=sums["high"],
            labels=[label for label, _ in self.years],
            show=lambda value: money.show_short(money.to_minor(Decimal(value), self.currency) or 0, self.currency),
            width=width,
            height=height,
        )


def _sums(flows: list[str]) -> list[Decimal]:
    sums, total = [], Decimal(0)
    for flow in flows:
        total += Decimal(flow)
        sums.append(total)
    return sums


class ShownEstimate:
    """An estimate as people read it."""

    def __init__(self, inputs: Mapping[str, Any], results: Mapping[str, Any], currency: str) -> None:
        self.inputs, self.results, self.currency = inputs, results, currency

    def _amount(self, value: str | Decimal) -> str:
        return amount(value, self.currency)

    @cached_property
    def asked(self) -> list[tuple[str, str]]:
        words = self.results["words"]
        services = ", ".join(service["name"] for service in self.results["services"])
        return [
            ("Type of project", words["project_type"]),
            ("Complexity", words["complexity"]),
            ("Timeline", words["timeline"]),
            ("Services", services or "None"),
        ]

    @property
    def total(self) -> str:
        return self._amount(self.results["total"])

    @property
    def weeks(self) -> str:
        weeks = self.results["weeks"]
        return "1 week" if weeks == 1 else f"{weeks:,} weeks"

    @cached_property
    def breakdown(self) -> list[tuple[str, str]]:
        """Return the lines that add up to the total, as (label, amount)."""
        words, factors = self.results["words"], self.results["factors"]
        services = sum((Decimal(service["cost"]) for service in self.results["services"]), Decimal(0))
        work = Decimal(self.results["cost"]) - services
        lines = [
            (
                f"{words['project_type']}: {self._amount(self.results['base'])} × {factors['complexity']}"
                f" ({words['complexity'].lower()} complexity) × {factors['timeline']}"
                f" ({words['timeline'].lower()} timeline)",
                self._amount(work),
            )
        ]
        lines += [(service["name"], self._amount(service["cost"])) for service in self.results["services"]]
        return [*lines, ("For the unforeseen, 10 %", self._amount(self.results["contingency"]))]

    @cached_property
    def phases(self) -> list[tuple[str, str, str]]:
        """Return the phases as (name, share, amount); they share the cost without what is for the unforeseen."""
        return [
            (phase["name"], f"{phase['percent']} %", self._amount(phase["cost"])) for phase in self.results["phases"]
        ]

    @property
    def cost(self) -> str:
        return self._amount(self.results["cost"])

    @property
    def deliverables(self) -> list[str]:
        return list(self.results["deliverables"])

    @property
    def headline(self) -> str:
        """Return the result in one sentence."""
        return f"About {self.total}, in {self.weeks}."


def shown(calculation: Any) -> ShownRoi | ShownEstimate:
    """Return a calculation, stored or just computed, as people read it."""
    kind = ShownRoi if calculation.is_roi else ShownEstimate
    return kind(calculation.inputs, calculation.results, calculation.currency)
