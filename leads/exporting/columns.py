"""What an export can contain: a column per fact of a lead, under the names that import recognises."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from leadcrm.core import money

CUSTOM = "custom:"


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``fields`` are read from the database in this order and given to ``write``."""

    name: str
    label: str
    fields: tuple[str, ...]
    write: Callable[..., Any]


def _same(value: Any) -> Any:
    return value


def _money(minor: int | None, currency: str) -> Any:
    return money.to_decimal(minor, currency)


def plain(name: str, label: str, *fields: str) -> Column:
    return Column(name, label, fields or (name,), _same)


COLUMNS: dict[str, Column] = {
    column.name: column
    for column in (
        plain("company", "Company"),
        plain("first_name", "First name"),
        plain("last_name", "Last name"),
        plain("email", "E-mail"),
        plain("phone", "Phone"),
        plain("job_title", "Job title"),
        plain("website", "Website"),
        plain("linkedin_url", "LinkedIn URL"),
        plain("is_decision_maker", "Decision maker"),
        plain("street", "Street"),
        plain("city", "City"),
        plain("state", "State"),
        plain("postal_code", "Postal code"),
        plain("country", "Country"),
        plain("industry", "Industry"),
        plain("business_type", "Business type"),
        plain("company_size", "Company size"),
        plain("budget", "Budget"),
        plain("timeframe", "Timeframe"),
        plain("message", "Message"),
        plain("service_tier", "Service tier"),
        plain("source", "Source"),
        plain("external_id", "External id"),
        plain("external_source", "External source"),
        plain("campaign", "Campaign"),
        plain("utm_source", "UTM source"),
        plain("utm_medium", "UTM medium"),
        plain("utm_campaign", "UTM campaign"),
        plain("referrer", "Referrer"),
        plain("stage", "Stage", "stage__name"),
        plain("status", "Status"),
        plain("owner", "Owner", "assigned_to__email"),
        plain("team", "Team", "team__name"),
        plain("outreach_status", "Outreach status"),
        plain("last_contacted_at", "Last contacted"),
        plain("last_responded_at", "Last responded"),
        plain("next_follow_up_at", "Next step at"),
        plain("next_step", "Next step"),
        plain("expected_close_on", "Expected close date"),
        plain("closed_at", "Closed at"),
        Column("predicted_value", "Predicted value", ("predicted_value_minor", "currency"), _money),
        Column("won_value", "Won value", ("won_value_minor", "currency"), _money),
        plain("currency", "Currency"),
        plain("lost_reason", "Lost reason"),
        plain("score", "Score"),
        plain("quality_score", "Quality score"),
        plain("digital_maturity_score", "Digital maturity score"),
        plain("booking_potential", "Booking potential"),
        plain("engagement_level", "Engagement level"),
        plain("emails_sent", "Emails sent"),
        plain("emails_opened", "Emails opened"),
        plain("emails_clicked", "Emails clicked"),
        plain("verification_status", "Verification status"),
        plain("has_google_maps_listing", "Has Google Maps listing"),
        plain("google_rating", "Google rating"),
        plain("google_review_count", "Google review count"),
        plain("price_level", "Price level"),
        plain("has_weekend_hours", "Has weekend hours"),
        plain("response_time", "Response time"),
        plain("has_booking_keywords", "Has booking keywords"),
        plain("booking_keyword_score", "Booking keyword score"),
        plain("current_booking_tool", "Current booking tool"),
        plain("has_appointment_form", "Has appointment form"),
        plain("has_online_booking", "Has online booking"),
        plain("has_multi_location", "Has multi location"),
        plain("services_count", "Services count"),
        plain("tags", "Tags", "id"),
        plain("notes", "Notes"),
        plain("do_not_contact", "Do not contact"),
        plain("created_at", "Created at"),
        plain("updated_at", "Updated at"),
    )
}

DEFAULT = (
    "company",
    "first_name",
    "last_name",
    "email",
    "phone",
    "job_title",
    "city",
    "country",
    "industry",
    "company_size",
    "source",
    "stage",
    "owner",
    "score",
    "predicted_value",
    "currency",
    "tags",
    "created_at",
)


def chosen(names: Sequence[str], custom: Mapping[str, str]) -> list[Column]:
    """Return the columns of these names; ``custom`` maps the keys of custom fields to their labels.

    Names that do not exist (any more) are left out; without any name that does, the default ones are meant.
    """
    found = []
    for name in dict.fromkeys(names):
        if name in COLUMNS:
            found.append(COLUMNS[name])
        elif name.startswith(CUSTOM) and name.removeprefix(CUSTOM) in custom:
            found.append(_custom(name.removeprefix(CUSTOM), custom))
    return found or [COLUMNS[name] for name in DEFAULT]


def everything(custom: Mapping[str, str]) -> list[Column]:
    """Return every column there is."""
    return [*COLUMNS.values(), *(_custom(key, custom) for key in custom)]


def _custom(key: str, labels: Mapping[str, str]) -> Column:
    return Column(CUSTOM + key, labels[key], ("custom_fields",), lambda values: values.get(key))


class RowWriter:
    """Turn rows of ``values_list(*writer.fields)`` into cells, moments in the zone of the organisation."""

    def __init__(self, columns: Sequence[Column], zone: ZoneInfo) -> None:
        self.columns = columns
        self.zone = zone
        self.fields = list(dict.fromkeys(["id", "created_at", *(name for column in columns for name in column.fields)]))
        places = {name: place for place, name in enumerate(self.fields)}
        # Most cells are one field as it is, and an export has millions of cells: those have no function here.
        self._plan = [
            (None if column.write is _same else column.write, [places[name] for name in column.fields])
            for column in columns
        ]
        self.tags_at = next((at for at, column in enumerate(columns) if column.name == "tags"), None)

    @property
    def headers(self) -> list[str]:
        return [column.label for column in self.columns]

    def cells(self, row: Sequence[Any], tags: Mapping[Any, list[str]]) -> list[Any]:
        """Return the values of one lead; ``tags`` maps the ids of leads to the names of their tags."""
        cells = [
            row[places[0]] if write is None else write(*[row[place] for place in places])
            for write, places in self._plan
        ]
        if self.tags_at is not None:
            cells[self.tags_at] = tags.get(row[0], [])
        return [
            value.astimezone(self.zone).replace(microsecond=0) if isinstance(value, datetime) else value
            for value in cells
        ]
