"""The facts of a lead as people read them: every column of the table, in groups, with words for its values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from leadcrm.core import formatting, money
from leads.choices import EngagementLevel, OutreachStatus, VerificationStatus
from leads.models import Lead

CUSTOM = "custom-"


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing to know; several columns that only make sense together are one fact."""

    name: str
    label: str
    columns: tuple[str, ...] = ()
    kind: str = "text"
    editable: bool = True
    # Facts that only a lead in some state has: shown elsewhere, or with a value.
    needs_value: bool = False

    @property
    def stored_in(self) -> tuple[str, ...]:
        return self.columns or (self.name,)


@dataclass(frozen=True, slots=True)
class FactGroup:
    name: str
    label: str
    facts: tuple[Fact, ...]

    @property
    def is_editable(self) -> bool:
        return any(fact.editable for fact in self.facts)


@dataclass(frozen=True, slots=True)
class ShownFact:
    """A fact of one lead: ``text`` is empty when nothing is known, ``href`` makes it a link."""

    name: str
    label: str
    text: str
    kind: str
    editable: bool
    href: str = ""


@dataclass(frozen=True, slots=True)
class ShownGroup:
    name: str
    label: str
    facts: list[ShownFact]
    is_editable: bool

    @property
    def known(self) -> int:
        return sum(1 for fact in self.facts if fact.text)

    @property
    def is_open(self) -> bool:
        """What everybody wants to know stands open; what only the record needs does not."""
        return self.known > 0 and self.name != "record"


@dataclass(frozen=True, slots=True)
class CustomFact:
    """A custom field that the organisation defined, or a value whose definition is gone."""

    key: str
    label: str
    type: str = "text"


def _read(name: str, label: str, kind: str = "text", *columns: str, needs_value: bool = False) -> Fact:
    return Fact(name, label, columns, kind, editable=False, needs_value=needs_value)


GROUPS: tuple[FactGroup, ...] = (
    FactGroup("who", "Who", (
        Fact("name", "Name", ("first_name", "last_name"), "name"),
        Fact("email", "E-mail", kind="email"),
        Fact("phone", "Phone", kind="phone"),
        Fact("company", "Company"),
        Fact("job_title", "Job title"),
        Fact("is_decision_maker", "Decision maker", kind="bool"),
        Fact("website", "Website", kind="link"),
        Fact("linkedin_url", "LinkedIn", kind="link"),
        _read("linkedin_sales_nav_data", "Sales Navigator", "json", needs_value=True),
    )),
    FactGroup("where", "Where", (
        Fact("street", "Street"),
        Fact("postal_code", "Postal code"),
        Fact("city", "City"),
        Fact("state", "State or region"),
        Fact("country", "Country"),
    )),
    FactGroup("what", "What they need", (
        Fact("industry", "Industry"),
        Fact("business_type", "Business type"),
        Fact("company_size", "Company size"),
        Fact("service_tier", "Service tier", kind="choice"),
        Fact("budget", "Budget"),
        Fact("timeframe", "Time frame"),
        Fact("message", "Message", kind="long"),
    )),
    FactGroup("deal", "Deal", (
        Fact("value", "Value", ("predicted_value_minor", "currency"), "money"),
        Fact("expected_close_on", "Expected close", kind="date"),
        Fact("won_value_minor", "Won value", kind="won", needs_value=True),
        Fact("lost_reason", "Lost reason", needs_value=True),
        Fact("outreach_status", "Outreach", kind="choice"),
        _read("follow_up_stage", "Follow-up stage", needs_value=True),
        _read("last_contacted_at", "Last contacted", "moment"),
        _read("last_responded_at", "Last responded", "moment"),
        _read("last_activity_at", "Last activity", "moment"),
        _read("stage_changed_at", "In this stage since", "moment"),
        _read("closed_at", "Closed", "moment", needs_value=True),
    )),
    FactGroup("origin", "Origin", (
        Fact("source", "Source", kind="choice"),
        _read("source_type", "Kind of source", "choice"),
        Fact("campaign", "First-touch campaign"),
        Fact("utm_source", "UTM source"),
        Fact("utm_medium", "UTM medium"),
        Fact("utm_campaign", "UTM campaign"),
        _read("external", "External id", "external", "external_source", "external_id"),
        _read("batch_id", "Import", "batch", needs_value=True),
        _read("referrer", "Referring page"),
        _read("ip_address", "IP address (truncated)"),
        _read("user_agent", "Browser"),
        _read("consent", "Consent", "json"),
    )),
    FactGroup("contact", "Reaching them", (
        Fact("do_not_contact", "Do not contact", kind="flag"),
        Fact("communication_preference", "Preferred channel", kind="json"),
        Fact("optimal_contact_time", "Best time", kind="json"),
        Fact("verification_status", "Verification", kind="choice"),
        _read("engagement_level", "Engagement", "choice"),
        _read("emails_sent", "E-mails sent", "number"),
        _read("emails_opened", "E-mails opened", "number"),
        _read("emails_clicked", "E-mails clicked", "number"),
    )),
    FactGroup("scores", "Other scores", (
        Fact("quality_score", "Quality", kind="number"),
        Fact("digital_maturity_score", "Digital maturity", kind="number"),
        Fact("booking_potential", "Booking potential", kind="choice"),
        _read("conversion_probability", "Chance to convert", "percent"),
    )),
    FactGroup("presence", "Presence", (
        Fact("has_google_maps_listing", "Google Maps listing", kind="bool"),
        Fact("google_rating", "Google rating", kind="number"),
        Fact("google_review_count", "Google reviews", kind="number"),
        Fact("price_level", "Price level (1-4)", kind="number"),
        Fact("has_weekend_hours", "Open at weekends", kind="bool"),
        Fact("response_time", "Response time"),
    )),
    FactGroup("website", "On their website", (
        Fact("has_booking_keywords", "Booking keywords", kind="bool"),
        Fact("booking_keyword_score", "Booking keyword score", kind="number"),
        Fact("current_booking_tool", "Booking tool"),
        Fact("has_appointment_form", "Appointment form", kind="bool"),
        Fact("has_online_booking", "Online booking", kind="bool"),
        Fact("has_multi_location", "Several locations", kind="bool"),
        Fact("services_count", "Number of services", kind="number"),
    )),
    FactGroup("remarks", "Remarks", (Fact("notes", "Remarks", kind="long"),)),
    FactGroup("record", "Record", (
        _read("created_at", "Created", "moment"),
        _read("created_by", "Created by"),
        _read("updated_at", "Changed", "moment"),
        _read("scored_at", "Scored", "moment"),
        _read("deleted_at", "In the trash since", "moment", needs_value=True),
    )),
)  # fmt: skip
GROUP_OF = {group.name: group for group in GROUPS}
# Words that stand for not knowing: a fold that holds nothing else counts as empty.
SAYS_NOTHING = (EngagementLevel.UNKNOWN, VerificationStatus.UNVERIFIED, OutreachStatus.NONE)


def custom_group(fields: Iterable[CustomFact]) -> FactGroup:
    """Return the organisation's custom fields as a group like the others."""
    facts = tuple(Fact(CUSTOM + field.key, field.label, ("custom_fields",), "custom") for field in fields)
    return FactGroup("custom", "Custom fields", facts)


def custom_facts(definitions: Iterable[Mapping[str, str]], values: Mapping[str, Any]) -> list[CustomFact]:
    """Return the defined custom fields, and after them what has a value but no definition any more."""
    defined = [CustomFact(one["key"], one["label"], one["type"]) for one in definitions]
    known = {field.key for field in defined}
    return defined + [CustomFact(key, key) for key in values if key not in known]


def shown_groups(lead: Lead, custom: Iterable[CustomFact]) -> list[ShownGroup]:
    """Return every group with the values of one lead. Costs no query when owner and author are joined."""
    groups = [_shown(group, lead) for group in GROUPS]
    fields = list(custom)
    if fields:
        groups.insert(-2, _shown(custom_group(fields), lead))
    return groups


def shown_fact(fact: Fact, lead: Lead) -> ShownFact:
    """Return one fact of one lead."""
    text = _WORDS[fact.kind](lead, fact)
    return ShownFact(fact.name, fact.label, text, fact.kind, fact.editable, _href(fact, text))


def _shown(group: FactGroup, lead: Lead) -> ShownGroup:
    facts = [shown_fact(fact, lead) for fact in group.facts]
    kept = [shown for shown, fact in zip(facts, group.facts, strict=True) if shown.text or not fact.needs_value]
    return ShownGroup(group.name, group.label, kept, group.is_editable)


def words_for(name: str, value: Any, *, currency: str = "INR") -> str:
    """Write the value of a column for people, for instance one that somebody else has just saved."""
    if value is None or value in ("", {}, []):
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if name.endswith("_minor"):
        return money.show(int(value), currency)
    if isinstance(value, datetime):
        return formatting.moment(value)
    if isinstance(value, date):
        return formatting.day(value, today=timezone.localdate())
    if isinstance(value, dict):
        return " · ".join(f"{key.replace('_', ' ')}: {words_for('', part)}" for key, part in value.items())
    if isinstance(value, list):
        return ", ".join(words_for("", part) for part in value)
    choices = _CHOICES.get(name)
    return str(choices.get(value, value)) if choices else str(value)


def _value(lead: Lead, fact: Fact) -> Any:
    return getattr(lead, fact.name)


def _text(lead: Lead, fact: Fact) -> str:
    value = _value(lead, fact)
    return "" if value is None else str(value)


def _written(lead: Lead, fact: Fact) -> str:
    value = _value(lead, fact)
    return "" if value in SAYS_NOTHING else words_for(fact.name, value)


def _number(lead: Lead, fact: Fact) -> str:
    value = _value(lead, fact)
    is_counter = fact.name.startswith("emails_")
    return (
        ""
        if value is None or (is_counter and not value)
        else str(value.normalize() if isinstance(value, Decimal) else value)
    )


def _percent(lead: Lead, fact: Fact) -> str:
    value = _value(lead, fact)
    return "" if value is None else f"{value * 100:.0f} %"


def _custom(lead: Lead, fact: Fact) -> str:
    return words_for("", lead.custom_fields.get(fact.name.removeprefix(CUSTOM)))


_WORDS: dict[str, Callable[[Lead, Fact], str]] = {
    "text": _text,
    "long": _text,
    "email": _text,
    "phone": _text,
    "link": _text,
    "name": lambda lead, _: lead.full_name,
    "bool": _written,
    "flag": lambda lead, _: "Yes: nobody writes or calls" if lead.do_not_contact else "",
    "choice": _written,
    "date": _written,
    "moment": _written,
    "json": _written,
    "number": _number,
    "percent": _percent,
    "custom": _custom,
    "money": lambda lead, _: money.show(lead.predicted_value_minor, lead.currency),
    "won": lambda lead, _: money.show(lead.won_value_minor, lead.currency),
    "external": lambda lead, _: " · ".join(part for part in (lead.external_source, lead.external_id) if part),
    "batch": lambda lead, _: "Open the import" if lead.batch_id else "",
}
_CHOICES: dict[str, dict[Any, Any]] = {
    field.name: dict(field.flatchoices) for field in Lead._meta.concrete_fields if field.choices
}


def _href(fact: Fact, text: str) -> str:
    if not text:
        return ""
    if fact.kind == "email":
        return f"mailto:{text}"
    if fact.kind == "phone":
        return f"tel:{text.replace(' ', '')}"
    # Anything but a web address could run code when it is followed.
    if fact.kind in ("link", "custom") and text.startswith(("https://", "http://")):
        return text
    return ""
