"""A table of rates that the calculators could not use is refused, whoever wrote it."""

import copy

import pytest

from assessments.rules import estimates, roi, tables
from leadcrm.core.errors import DomainError


def test_the_shipped_tables_are_the_rules_own():
    assert tables.roi_rates(tables.default_roi_rates()) == dict(roi.DEFAULT_RATES)
    assert tables.estimate_rates(tables.default_estimate_rates()) == estimates.DEFAULT_RATES


@pytest.mark.parametrize(
    "value", [-1, "1e308", "NaN", "Infinity", None, True, [], "ten", 101, "0.001", "9" * 50, float("inf")]
)
def test_a_share_that_is_none_is_refused(value):
    table = tables.default_roi_rates()
    table["L3"]["recovery_percent"] = value
    with pytest.raises(DomainError) as refusal:
        tables.validate_roi_rates(table)
    assert refusal.value.field == "L3__recovery_percent"


@pytest.mark.parametrize("table", [None, [], {}, {"L1": {}}, {**tables.default_roi_rates(), "L6": {}}, "x"])
def test_a_table_of_another_shape_is_refused(table):
    with pytest.raises(DomainError):
        tables.validate_roi_rates(table)


@pytest.mark.parametrize(
    ("group", "entry", "name", "value"),
    [
        ("types", "workshop", "cost", -1),
        ("types", "workshop", "weeks", "1.5"),
        ("types", "workshop", "deliverables", "one"),
        ("types", "workshop", "deliverables", ["x" * 201]),
        ("types", "workshop", "deliverables", ["a\x00"]),
        ("services", "training", "cost", "1e9999"),
        ("complexities", "low", "cost", 0),
        ("timelines", "urgent", "weeks", 11),
    ],
)
def test_an_estimate_table_with_a_bad_entry_is_refused(group, entry, name, value):
    table = copy.deepcopy(tables.default_estimate_rates())
    table[group][entry][name] = value
    with pytest.raises(DomainError):
        tables.validate_estimate_rates(table)
