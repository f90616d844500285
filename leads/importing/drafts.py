"""A row while it is being read: what its columns have said so far."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from leads.importing.mapping import ColumnPlan
from leads.importing.problems import Problem, Severity
from leads.importing.values import PersonName, ValueProblem, clean_line, storable

FieldValue = str | int | bool | Decimal | date | datetime | dict[str, Any]
CustomValue = str | int | float | bool

# What a column of a lead cannot hold is kept in the custom fields under these keys; the labels are for people.
RESERVED_CUSTOM_KEYS: dict[str, str] = {
    "contact_name": "Full name as imported",
    "other_emails": "Other e-mail addresses",
    "email_original": "E-mail as imported",
    "phone_extension": "Phone extension",
    "other_phones": "Other phone numbers",
    "phone_original": "Phone as imported",
    "source_original": "Source as imported",
    "status_original": "Status as imported",
    "stage_original": "Stage as imported",
    "outreach_status_original": "Outreach status as imported",
    "closed_on_original": "Close date as imported",
    "website_original": "Website as imported",
    "linkedin_url_original": "LinkedIn page as imported",
    "ip_address_original": "IP address as imported",
}
# How much of a bad cell is repeated beside the complaint, and how much of it is kept with the lead.
_SHOWN, _KEPT = 200, 500


class Draft:
    """Collects the values, the leftovers and the complaints of one row."""

    __slots__ = (
        "closed", "converted", "country_code", "currency", "custom", "deal_value", "fields", "keys", "name",
        "names_currency", "problems", "tags",
    )  # fmt: skip

    def __init__(self, currency: str) -> None:
        self.fields: dict[str, Any] = {}
        self.custom: dict[str, CustomValue] = {}
        self.tags: tuple[str, ...] = ()
        self.problems: list[Problem] = []
        # Names of other objects, by target: owner, team, stage.
        self.keys: dict[str, str] = {}
        self.country_code = ""
        self.currency = currency
        self.names_currency = False
        self.name: tuple[str, PersonName] | None = None
        self.deal_value: int | None = None
        self.closed: datetime | None = None
        self.converted = False

    def complain(self, plan: ColumnPlan, cell: str, problem: ValueProblem, severity: Severity) -> None:
        self.problems.append(
            Problem(plan.index, plan.header, storable(cell[:_SHOWN]), problem.code, problem.message, severity)
        )

    def warn(self, plan: ColumnPlan, cell: str, code: str, message: str) -> None:
        self.problems.append(Problem(plan.index, plan.header, storable(cell[:_SHOWN]), code, message, Severity.WARNING))

    def keep(self, key: str, text: str) -> None:
        """Keep a text beside the lead under a key of the custom fields."""
        if clean := clean_line(text)[:_KEPT].rstrip():
            self.custom[key[:60]] = clean
