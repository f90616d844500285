"""The mapping of a file's columns, as it is chosen, kept with the import and remembered for its headers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from leads.choices import CustomFieldType
from leads.importing.fields import TARGETS
from leads.importing.problems import FileProblem
from leads.importing.values.dates import DateOrder
from leads.importing.values.numbers import DecimalMark

CUSTOM = "custom:"


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """One column: what it becomes and how its cells are written.

    ``target`` is the name of a target or ``custom:<key>``. The formats were found in a sample of the column and can
    be chosen otherwise: the order of day and month, the decimal mark, and whether ``NA`` is a country code.
    """

    index: int
    header: str
    target: str
    custom_type: CustomFieldType = CustomFieldType.TEXT
    date_order: DateOrder = DateOrder.AMBIGUOUS
    decimal_mark: DecimalMark = DecimalMark.UNKNOWN
    has_codes: bool = False

    @property
    def custom_key(self) -> str | None:
        return self.target.removeprefix(CUSTOM) if self.target.startswith(CUSTOM) else None

    def as_json(self) -> dict[str, Any]:
        return {
            **asdict(self),
            "custom_type": str(self.custom_type),
            "date_order": str(self.date_order),
            "decimal_mark": str(self.decimal_mark),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> ColumnPlan:
        return cls(
            **{
                **data,
                "custom_type": CustomFieldType(data["custom_type"]),
                "date_order": DateOrder(data["date_order"]),
                "decimal_mark": DecimalMark(data["decimal_mark"]),
            }
        )


def check_mapping(plans: Sequence[ColumnPlan], *, width: int) -> None:
    """Refuse a mapping that cannot be carried out.

    Raises: FileProblem naming the column.
    """
    targets: set[str] = set()
    for plan in plans:
        if not 0 <= plan.index < width:
            raise FileProblem(f"The file has no column {plan.index + 1}.", code="bad_mapping")
        if plan.custom_key is None and plan.target not in TARGETS:
            raise FileProblem(
                f"“{plan.header}” is mapped to “{plan.target}”, which does not exist.", code="bad_mapping"
            )
        if plan.target in targets:
            raise FileProblem(f"Two columns are mapped to “{label_of(plan.target)}”.", code="bad_mapping")
        targets.add(plan.target)
    if not can_identify(targets):
        raise FileProblem(
            "Map at least one of e-mail, phone, company, full name (or first and last name) or an identifier: "
            "without one, no row can become a lead.",
            code="no_identity",
        )


def can_identify(targets: Iterable[str]) -> bool:
    """Say whether rows mapped to these targets can hold what a lead needs."""
    found = set(targets)
    return (
        bool(found & {"email", "phone", "company", "full_name", "external_id"}) or {"first_name", "last_name"} <= found
    )


def label_of(target: str) -> str:
    """Return the name of a target for people."""
    known = TARGETS.get(target)
    return known.label if known else target.removeprefix(CUSTOM)
