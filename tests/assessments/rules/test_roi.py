"""The calculator: exact in worked cases, and the same order of scenarios for every input."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.rules.roi import DEFAULT_RATES, Inputs, TierRate, calculate

INPUTS = st.builds(
    Inputs,
    employees=st.integers(1, 1_000_000),
    average_annual_salary=st.decimals("0.01", 100_000_000, places=2),
    inefficiency_percent=st.decimals(0, 100, places=2),
    overhead_percent=st.decimals(0, 200, places=2),
)
RATES = st.sampled_from(sorted(DEFAULT_RATES))


def test_a_worked_case_is_exact():
    result = calculate(Inputs(10, Decimal(300_000), Decimal(5)), DEFAULT_RATES["L1"])
    assert (result.cost_of_inefficiency, result.set_up, result.running_per_year) == (
        Decimal("180000.00"), Decimal("55000.00"), Decimal("8250.00"),
    )  # fmt: skip
    low, expected, high = (result.scenarios[name] for name in ("low", "expected", "high"))
    assert [one.payback_months for one in (low, expected, high)] == [62, 36, 25]
    assert [str(one.roi_percent) for one in (low, expected, high)] == ["-28.9", "1.6", "32.0"]
    assert [str(one.npv) for one in (low, expected, high)] == ["-28515.03", "-8371.53", "11771.98"]
    assert expected.flows == (Decimal(-55_000), *[Decimal(18_750)] * 3)
    assert expected.cumulative[-1] == Decimal(1_250)


def test_what_never_pays_back_has_no_number_of_months():
    result = calculate(Inputs(3, Decimal(250_000), Decimal(10), Decimal(0)), DEFAULT_RATES["L4"])
    assert {one.payback_months for one in result.scenarios.values()} == {None}


def test_nothing_more_than_everything_is_recovered():
    rate = TierRate(Decimal(90), Decimal(1), Decimal(1))
    result = calculate(Inputs(1, Decimal(100), Decimal(100), Decimal(0)), rate)
    assert result.scenarios["high"].annual_savings == Decimal(100)


@given(INPUTS, RATES)
def test_scenarios_are_in_order(inputs, tier):
    result = calculate(inputs, DEFAULT_RATES[tier])
    low, expected, high = (result.scenarios[name] for name in ("low", "expected", "high"))
    assert low.annual_savings <= expected.annual_savings <= high.annual_savings <= result.cost_of_inefficiency
    assert low.roi_percent <= expected.roi_percent <= high.roi_percent
    assert low.npv <= expected.npv <= high.npv
    months = [one.payback_months or float("inf") for one in (low, expected, high)]
    assert months == sorted(months, reverse=True)


@given(INPUTS, RATES)
def test_it_pays_back_within_three_years_exactly_when_it_returns_something(inputs, tier):
    for scenario in calculate(inputs, DEFAULT_RATES[tier]).scenarios.values():
        if scenario.roi_percent > 0:
            assert scenario.payback_months is not None
            assert scenario.payback_months <= 36
        if scenario.roi_percent < 0:
            assert scenario.payback_months is None or scenario.payback_months >= 36


@pytest.mark.parametrize(
    "wrong",
    [
        {"employees": 0},
        {"employees": 1_000_001},
        {"average_annual_salary": Decimal(0)},
        {"average_annual_salary": Decimal("NaN")},
        {"average_annual_salary": Decimal("Infinity")},
        {"overhead_percent": Decimal("200.01")},
        {"inefficiency_percent": Decimal("-1")},
        {"inefficiency_percent": Decimal("100.01")},
    ],
)
def test_what_cannot_be_is_refused(wrong):
    right = {"employees": 1, "average_annual_salary": Decimal(1), "inefficiency_percent": Decimal(1)}
    with pytest.raises(ValueError, match=r"\w"):
        Inputs(**{**right, **wrong})
