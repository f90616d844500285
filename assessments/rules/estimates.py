"""What a project costs and how long it takes: pure functions, exact until they are rounded once.

cost = base × complexity × timeline + services; a tenth more for what nobody foresees. Weeks are those of the base
times the factors, rounded up, and those of the services.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from math import ceil

from assessments.rules.rounding import exact, rounded

CONTINGENCY = Fraction(10, 100)
# The last phase takes what rounding leaves.
PHASES: Mapping[str, int] = {"discovery": 15, "design": 25, "build": 40, "testing": 10, "handover": 10}


@dataclass(frozen=True, slots=True)
class Effort:
    """Money in major units, and weeks."""

    cost: Decimal
    weeks: int
    deliverables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Factor:
    cost: Decimal
    weeks: Decimal


@dataclass(frozen=True, slots=True)
class Rates:
    """Everything that an organisation can set."""

    types: Mapping[str, Effort]
    services: Mapping[str, Effort]
    complexities: Mapping[str, Factor] = field(default_factory=lambda: dict(COMPLEXITIES))
    timelines: Mapping[str, Factor] = field(default_factory=lambda: dict(TIMELINES))


COMPLEXITIES: Mapping[str, Factor] = {
    "low": Factor(Decimal("1.0"), Decimal("1.0")),
    "medium": Factor(Decimal("1.5"), Decimal("1.3")),
    "high": Factor(Decimal("2.2"), Decimal("1.7")),
}
TIMELINES: Mapping[str, Factor] = {
    "relaxed": Factor(Decimal("0.95"), Decimal("1.2")),
    "standard": Factor(Decimal("1"), Decimal("1")),
    "fast": Factor(Decimal("1.25"), Decimal("0.8")),
    "urgent": Factor(Decimal("1.5"), Decimal("0.65")),
}
DEFAULT_RATES = Rates(
    types={
        "3d_design": Effort(Decimal(80_000), 3, ("Concept sketches", "3D model", "Rendered views", "Source files")),
        "parametric_design": Effort(
            Decimal(200_000), 5, ("Parameter study", "Parametric model", "Variant catalogue", "Source files")
        ),
        "workshop": Effort(Decimal(120_000), 2, ("Agenda and exercises", "Facilitated sessions", "Written findings")),
        "platform": Effort(
            Decimal(900_000),
            14,
            ("Requirements", "Architecture", "Working platform", "Test report", "Operations handbook"),
        ),
        "strategic": Effort(
            Decimal(1_800_000),
            26,
            ("Maturity report", "Roadmap of three years", "Business case", "Pilot", "Quarterly reviews"),
        ),
    },
    services={
        "training": Effort(Decimal(40_000), 1, ("Training of your team, with material",)),
        "integration": Effort(Decimal(150_000), 2, ("Connections to your systems",)),
        "data_migration": Effort(Decimal(100_000), 2, ("Your data moved and checked",)),
        "support_year": Effort(Decimal(180_000), 0, ("Support for one year",)),
        "documentation": Effort(Decimal(30_000), 1, ("Handbook for users and operators",)),
        "security_review": Effort(Decimal(90_000), 1, ("Security review with a report",)),
    },
)


@dataclass(frozen=True, slots=True)
class Estimate:
    """``cost`` is without contingency, ``total`` with it; ``phases`` share ``cost``."""

    cost: Decimal
    contingency: Decimal
    total: Decimal
    weeks: int
    phases: Mapping[str, Decimal]
    deliverables: tuple[str, ...]


def estimate(
    *, project_type: str, complexity: str, timeline: str, services: Sequence[str] = (), rates: Rates = DEFAULT_RATES
) -> Estimate:
    """Return the estimate; a service that is named twice counts once.

    Raises: KeyError for a word that the rates do not know.
    """
    base, hard, soon = rates.types[project_type], rates.complexities[complexity], rates.timelines[timeline]
    extras = [rates.services[name] for name in dict.fromkeys(services)]
    cost = exact(base.cost) * exact(hard.cost) * exact(soon.cost)
    cost += sum((exact(extra.cost) for extra in extras), Fraction(0))
    contingency = cost * CONTINGENCY
    weeks = ceil(base.weeks * exact(hard.weeks) * exact(soon.weeks)) + sum(extra.weeks for extra in extras)
    shown = rounded(cost, 2)
    return Estimate(
        cost=shown,
        contingency=rounded(contingency, 2),
        total=shown + rounded(contingency, 2),
        weeks=weeks,
        phases=_phases(shown),
        deliverables=tuple(
            dict.fromkeys([*base.deliverables, *(name for extra in extras for name in extra.deliverables)])
        ),
    )


def _phases(cost: Decimal) -> dict[str, Decimal]:
    *first, last = PHASES
    parts = {name: rounded(exact(cost) * Fraction(PHASES[name], 100), 2) for name in first}
    parts[last] = cost - sum(parts.values(), Decimal(0))
    return parts
