"""The tables of rates as they are stored, and as the rules use them: pure functions.

A table is what JSON holds, with numbers as whole numbers or decimal texts, so that nothing is lost on the way.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from assessments.rules import estimates, roi
from leadcrm.core.errors import DomainError

MOST_MONEY = Decimal(1_000_000_000)
MOST_WEEKS = 520
MOST_FACTOR = Decimal(10)
MOST_DELIVERABLES = 30
LONGEST_DELIVERABLE = 200
TIERS = ("L1", "L2", "L3", "L4", "L5")


def plain(number: Decimal) -> int | str:
    """Return a number as a table stores it: whole where it is whole."""
    return int(number) if number == number.to_integral_value() else str(number.normalize())


def default_roi_rates() -> dict[str, Any]:
    """Return the shipped table of the ROI calculator."""
    return {
        tier: {
            "recovery_percent": plain(rate.recovery_percent),
            "base": plain(rate.base),
            "per_employee": plain(rate.per_employee),
        }
        for tier, rate in roi.DEFAULT_RATES.items()
    }


def default_estimate_rates() -> dict[str, Any]:
    """Return the shipped table of the project estimate."""
    shipped = estimates.DEFAULT_RATES
    return {
        "types": {key: _plain_effort(effort) for key, effort in shipped.types.items()},
        "services": {key: _plain_effort(effort) for key, effort in shipped.services.items()},
        "complexities": {key: _plain_factor(factor) for key, factor in shipped.complexities.items()},
        "timelines": {key: _plain_factor(factor) for key, factor in shipped.timelines.items()},
    }


def _plain_effort(effort: estimates.Effort) -> dict[str, Any]:
    return {"cost": plain(effort.cost), "weeks": effort.weeks, "deliverables": list(effort.deliverables)}


def _plain_factor(factor: estimates.Factor) -> dict[str, Any]:
    return {"cost": plain(factor.cost), "weeks": plain(factor.weeks)}


def roi_rates(values: Any) -> dict[str, roi.TierRate]:
    """Return the rates of each tier.

    Raises: DomainError naming what is wrong.
    """
    table = _mapping(values, "The table", keys=TIERS)
    found = {}
    for tier in TIERS:
        entry = _mapping(table[tier], tier, keys=("recovery_percent", "base", "per_employee"))
        found[tier] = roi.TierRate(
            recovery_percent=_number(
                entry["recovery_percent"], f"{tier}, recovery", Decimal(100), f"{tier}__recovery_percent"
            ),
            base=_number(entry["base"], f"{tier}, set-up", MOST_MONEY, f"{tier}__base"),
            per_employee=_number(
                entry["per_employee"], f"{tier}, set-up per employee", MOST_MONEY, f"{tier}__per_employee"
            ),
        )
    return found


def validate_roi_rates(values: Any) -> None:
    """Refuse a table that the calculator cannot use.

    Raises: DomainError.
    """
    roi_rates(values)


def estimate_rates(values: Any) -> estimates.Rates:
    """Return the rates of project estimates.

    Types, services, complexities and timelines are those that leadcrm knows; their numbers and deliverables are the
    organisation's.

    Raises: DomainError naming what is wrong.
    """
    shipped = estimates.DEFAULT_RATES
    table = _mapping(values, "The table", keys=("types", "services", "complexities", "timelines"))
    return estimates.Rates(
        types=_efforts(table["types"], "types", tuple(shipped.types)),
        services=_efforts(table["services"], "services", tuple(shipped.services)),
        complexities=_factors(table["complexities"], "complexities", tuple(shipped.complexities)),
        timelines=_factors(table["timelines"], "timelines", tuple(shipped.timelines)),
    )


def validate_estimate_rates(values: Any) -> None:
    """Refuse a table that an estimate cannot use.

    Raises: DomainError.
    """
    estimate_rates(values)


def _efforts(values: Any, group: str, keys: tuple[str, ...]) -> dict[str, estimates.Effort]:
    table = _mapping(values, group, keys=keys)
    found = {}
    for key in keys:
        entry = _mapping(table[key], key, keys=("cost", "weeks", "deliverables"))
        weeks = _number(entry["weeks"], f"{key}, weeks", Decimal(MOST_WEEKS), f"{group}__{key}__weeks")
        if weeks != weeks.to_integral_value():
            raise DomainError(f"{key}, weeks: a whole number is needed.", field=f"{group}__{key}__weeks")
        found[key] = estimates.Effort(
            cost=_number(entry["cost"], f"{key}, cost", MOST_MONEY, f"{group}__{key}__cost"),
            weeks=int(weeks),
            deliverables=_texts(entry["deliverables"], key, f"{group}__{key}__deliverables"),
        )
    return found


def _factors(values: Any, group: str, keys: tuple[str, ...]) -> dict[str, estimates.Factor]:
    table = _mapping(values, group, keys=keys)
    found = {}
    for key in keys:
        entry = _mapping(table[key], key, keys=("cost", "weeks"))
        cost, weeks = (
            _number(entry[name], f"{key}, {name}", MOST_FACTOR, f"{group}__{key}__{name}") for name in ("cost", "weeks")
        )
        if not cost or not weeks:
            raise DomainError(f"{key}: a factor is more than 0.", field=f"{group}__{key}__cost")
        found[key] = estimates.Factor(cost, weeks)
    return found


def _mapping(values: Any, name: str, *, keys: tuple[str, ...]) -> Mapping[str, Any]:
    if not isinstance(values, Mapping) or set(values) != set(keys):
        raise DomainError(f"{name} needs exactly these entries: {', '.join(keys)}.")
    return values


def _number(value: Any, name: str, most: Decimal, field: str) -> Decimal:
    """Return a number from 0 to ``most`` with at most two decimals.

    Anything longer could not be shown as it is used.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str) or len(str(value)) > 24:
        raise DomainError(f"{name}: a number is needed.", field=field)
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise DomainError(f"{name}: a number is needed.", field=field) from None
    if not number.is_finite() or not 0 <= number <= most:
        raise DomainError(f"{name}: a number from 0 to {most:,} is needed.", field=field)
    if number != round(number, 2):
        raise DomainError(f"{name}: at most two decimals.", field=field)
    return number


def _texts(value: Any, name: str, field: str) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(text, str) for text in value):
        raise DomainError(f"{name}: the deliverables are a list of texts.", field=field)
    texts = tuple(text.strip() for text in value if text.strip())
    if len(texts) > MOST_DELIVERABLES:
        raise DomainError(f"{name}: at most {MOST_DELIVERABLES} deliverables.", field=field)
    if any(len(text) > LONGEST_DELIVERABLE or "\x00" in text for text in texts):
        raise DomainError(f"{name}: a deliverable has at most {LONGEST_DELIVERABLE} characters.", field=field)
    return texts
