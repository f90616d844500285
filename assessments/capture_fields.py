"""What a capture form can ask for: facts of a lead that people tell about themselves, and custom fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

CUSTOM = "custom-"
EMAIL = "email"
MOST_FIELDS = 30


@dataclass(frozen=True, slots=True)
class FieldKind:
    """A fact of the lead: ``kind`` decides how it is read, ``autocomplete`` is what browsers fill it with."""

    name: str
    label: str
    kind: str = "line"
    limit: int = 255
    autocomplete: str = ""


PUBLIC_FIELDS: dict[str, FieldKind] = {
    field.name: field
    for field in (
        FieldKind(EMAIL, "E-mail", "email", 254, "email"),
        FieldKind("first_name", "First name", autocomplete="given-name"),
        FieldKind("last_name", "Last name", autocomplete="family-name"),
        FieldKind("phone", "Phone", "phone", 50, "tel"),
        FieldKind("company", "Company", autocomplete="organization"),
        FieldKind("job_title", "Job title", autocomplete="organization-title"),
        FieldKind("website", "Website", "link", 255, "url"),
        FieldKind("linkedin_url", "LinkedIn", "link", 500),
        FieldKind("street", "Street", autocomplete="street-address"),
        FieldKind("postal_code", "Postal code", limit=20, autocomplete="postal-code"),
        FieldKind("city", "City", limit=100, autocomplete="address-level2"),
        FieldKind("state", "State or region", limit=100, autocomplete="address-level1"),
        FieldKind("country", "Country", limit=100, autocomplete="country-name"),
        FieldKind("industry", "Industry", limit=100),
        FieldKind("company_size", "Company size", "size", 50),
        FieldKind("budget", "Budget", limit=100),
        FieldKind("timeframe", "Time frame", limit=100),
        FieldKind("message", "Message", "block", 10_000),
    )
}
# What a new form begins with.
FIRST_FIELDS = ("first_name", "last_name", EMAIL, "company", "message")


@dataclass(frozen=True, slots=True)
class ChosenField:
    """A field as one form asks for it."""

    name: str
    label: str
    is_required: bool = False
    help: str = ""

    @property
    def is_custom(self) -> bool:
        return self.name.startswith(CUSTOM)

    @property
    def is_email(self) -> bool:
        return self.name == EMAIL

    def as_json(self) -> dict[str, Any]:
        return {"name": self.name, "label": self.label, "required": self.is_required, "help": self.help}


def first_fields() -> list[dict[str, Any]]:
    """Return what a new form asks for."""
    return [ChosenField(name, PUBLIC_FIELDS[name].label, name == EMAIL).as_json() for name in FIRST_FIELDS]


def chosen_fields(stored: Iterable[Mapping[str, Any]]) -> list[ChosenField]:
    """Read the fields of a form."""
    return [
        ChosenField(str(one["name"]), str(one["label"]), bool(one.get("required")), str(one.get("help", "")))
        for one in stored
    ]
