"""Project estimates: exact in a worked case, and parts that add up for every choice."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.rules.estimates import COMPLEXITIES, DEFAULT_RATES, PHASES, TIMELINES, Effort, Rates, estimate

CHOICES = {
    "project_type": st.sampled_from(sorted(DEFAULT_RATES.types)),
    "complexity": st.sampled_from(sorted(COMPLEXITIES)),
    "timeline": st.sampled_from(sorted(TIMELINES)),
    "services": st.lists(st.sampled_from(sorted(DEFAULT_RATES.services)), unique=True),
}


def test_a_worked_case_is_exact():
    result = estimate(
        project_type="platform", complexity="medium", timeline="standard", services=["training", "support_year"]
    )
    assert (result.cost, result.contingency, result.total) == (
        Decimal("1570000.00"), Decimal("157000.00"), Decimal("1727000.00"),
    )  # fmt: skip
    assert result.weeks == 20
    assert result.phases["build"] == Decimal("628000.00")
    assert "Working platform" in result.deliverables
    assert "Support for one year" in result.deliverables


def test_the_shares_of_the_phases_are_a_whole():
    assert sum(PHASES.values()) == 100


@given(st.fixed_dictionaries(CHOICES))
def test_the_parts_add_up(chosen):
    result = estimate(**chosen)
    assert sum(result.phases.values()) == result.cost
    assert result.cost + result.contingency == result.total


@given(st.fixed_dictionaries(CHOICES), st.decimals("0.01", 10_000_000, places=2))
def test_the_parts_add_up_at_any_price(chosen, price):
    rates = Rates(types={chosen["project_type"]: Effort(price, 3)}, services=DEFAULT_RATES.services)
    result = estimate(**chosen, rates=rates)
    assert sum(result.phases.values()) == result.cost
    assert all(amount >= 0 for amount in result.phases.values())


@given(st.fixed_dictionaries(CHOICES), st.sampled_from(sorted(DEFAULT_RATES.services)))
def test_a_service_more_never_costs_less(chosen, extra):
    more = estimate(**{**chosen, "services": [*chosen["services"], extra]})
    before = estimate(**chosen)
    assert more.cost >= before.cost
    assert more.weeks >= before.weeks
    assert (more == before) == (extra in chosen["services"])


def test_harder_work_costs_more_and_takes_longer():
    grades = [
        estimate(project_type="workshop", complexity=grade, timeline="standard") for grade in ("low", "medium", "high")
    ]
    assert all(easy.cost < hard.cost and easy.weeks <= hard.weeks for easy, hard in pairwise(grades))


@pytest.mark.parametrize(
    "wrong", [{"project_type": "moon"}, {"complexity": ""}, {"timeline": "now"}, {"services": ["x"]}]
)
def test_a_word_that_is_not_in_the_tables_is_refused(wrong):
    with pytest.raises(KeyError):
        estimate(**{"project_type": "workshop", "complexity": "low", "timeline": "fast", **wrong})
