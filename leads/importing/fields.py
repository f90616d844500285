"""What a column of a file can become: the importable facts of a lead, their kinds and their limits."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How the cells of a column are read."""

    NAME = "name"
    FULL_NAME = "full_name"
    LINE = "line"
    BLOCK = "block"
    KEY = "key"
    EMAIL = "email"
    PHONE = "phone"
    LINK = "link"
    COUNTRY = "country"
    ADDRESS = "address"
    COMPANY_SIZE = "company_size"
    SERVICE_TIER = "service_tier"
    SOURCE = "source"
    STATUS = "status"
    OUTREACH_STATUS = "outreach_status"
    CONVERTED = "converted"
    REFERENCE = "reference"
    MOMENT = "moment"
    PAST_MOMENT = "past_moment"
    DAY = "day"
    CLOSE_DAY = "close_day"
    MONEY = "money"
    CURRENCY = "currency"
    INTEGER = "integer"
    SCORE = "score"
    RATING = "rating"
    PRICE_LEVEL = "price_level"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    TAGS = "tags"
    JSON = "json"
    CUSTOM_JSON = "custom_json"
    IP_ADDRESS = "ip_address"


@dataclass(frozen=True, slots=True)
class Target:
    """One thing a column can mean. A virtual target is no column of a lead but feeds others."""

    name: str
    label: str
    group: str
    kind: Kind
    limit: int = 255
    low: int | None = None
    high: int | None = None
    virtual: bool = False
    hint: str = ""


_TARGETS = (
    Target("first_name", "First name", "Who", Kind.NAME),
    Target("last_name", "Last name", "Who", Kind.NAME),
    Target("full_name", "Full name", "Who", Kind.FULL_NAME, virtual=True, hint="Split into first and last name."),
    Target("email", "E-mail", "Who", Kind.EMAIL, 254),
    Target("phone", "Phone", "Who", Kind.PHONE, 50),
    Target("company", "Company", "Who", Kind.LINE),
    Target("job_title", "Job title", "Who", Kind.LINE),
    Target("website", "Website", "Who", Kind.LINK, 255),
    Target("linkedin_url", "LinkedIn page", "Who", Kind.LINK, 500),
    Target("is_decision_maker", "Decision maker", "Who", Kind.BOOLEAN),
    Target("linkedin_sales_nav_data", "LinkedIn Sales Navigator data", "Who", Kind.JSON, 100_000),
    Target("street", "Street", "Where", Kind.LINE),
    Target("city", "City", "Where", Kind.LINE, 100),
    Target("state", "State or region", "Where", Kind.LINE, 100),
    Target("country", "Country", "Where", Kind.COUNTRY, 100),
    Target("postal_code", "Postal code", "Where", Kind.LINE, 20),
    Target("address", "Address", "Where", Kind.ADDRESS, virtual=True, hint="Goes into the street as it stands."),
    Target("industry", "Industry", "What", Kind.LINE, 100),
    Target("business_type", "Business type", "What", Kind.LINE, 100),
    Target("company_size", "Company size", "What", Kind.COMPANY_SIZE, 50, hint="Numbers and words become a band."),
    Target("budget", "Budget", "What", Kind.LINE, 100),
    Target("timeframe", "Time frame", "What", Kind.LINE, 100),
    Target("message", "Message", "What", Kind.BLOCK, 10_000, hint="What the lead wrote."),
    Target("service_tier", "Service tier", "What", Kind.SERVICE_TIER),
    Target("source", "Source", "Origin", Kind.SOURCE),
    Target("external_id", "Identifier in another system", "Origin", Kind.KEY, 255),
    Target("external_source", "Name of the other system", "Origin", Kind.LINE, 60),
    Target("campaign", "Campaign", "Origin", Kind.LINE),
    Target("utm_source", "UTM source", "Origin", Kind.LINE),
    Target("utm_medium", "UTM medium", "Origin", Kind.LINE),
    Target("utm_campaign", "UTM campaign", "Origin", Kind.LINE),
    Target("referrer", "Referring page", "Origin", Kind.LINE, 500),
    Target("ip_address", "IP address", "Origin", Kind.IP_ADDRESS, hint="Kept without its last part."),
    Target("user_agent", "Browser", "Origin", Kind.LINE, 200),
    Target("created_at", "Created", "Origin", Kind.PAST_MOMENT),
    Target("status", "Status", "Pipeline", Kind.STATUS, hint="The words of other systems are understood."),
    Target("is_converted", "Won (yes or no)", "Pipeline", Kind.CONVERTED, virtual=True, hint="Yes means closed won."),
    Target("stage", "Pipeline stage", "Pipeline", Kind.REFERENCE, hint="By the name of the stage."),
    Target("outreach_status", "Outreach status", "Pipeline", Kind.OUTREACH_STATUS),
    Target("follow_up_stage", "Follow-up stage", "Pipeline", Kind.LINE, 50),
    Target("owner", "Owner", "Pipeline", Kind.REFERENCE, virtual=True, hint="A user's e-mail address or full name."),
    Target("team", "Team", "Pipeline", Kind.REFERENCE, hint="By the name of the team."),
    Target("last_contacted_at", "Last contacted", "Pipeline", Kind.PAST_MOMENT),
    Target("last_responded_at", "Last responded", "Pipeline", Kind.PAST_MOMENT),
    Target("next_follow_up_at", "Next follow-up", "Pipeline", Kind.MOMENT),
    Target("expected_close_on", "Expected close", "Pipeline", Kind.DAY),
    Target("closed_on", "Closed on", "Pipeline", Kind.PAST_MOMENT, hint="When the deal was won or lost."),
    Target(
        "close_date",
        "Close date",
        "Pipeline",
        Kind.CLOSE_DAY,
        virtual=True,
        hint="The day it was closed for won and lost leads, the expected day for open ones.",
    ),
    Target("predicted_value", "Expected value", "Pipeline", Kind.MONEY),
    Target("won_value", "Won value", "Pipeline", Kind.MONEY),
    Target(
        "deal_value",
        "Deal value",
        "Pipeline",
        Kind.MONEY,
        virtual=True,
        hint="The won value of won leads, the expected value of the others.",
    ),
    Target("currency", "Currency", "Pipeline", Kind.CURRENCY, 3),
    Target("lost_reason", "Lost reason", "Pipeline", Kind.LINE),
    Target("quality_score", "Quality score", "Scores", Kind.SCORE, low=0, high=100),
    Target("digital_maturity_score", "Digital maturity score", "Scores", Kind.SCORE, low=0, high=100),
    Target("booking_potential", "Booking potential", "Scores", Kind.CHOICE),
    Target("engagement_level", "Engagement level", "Engagement", Kind.CHOICE),
    Target("emails_sent", "E-mails sent", "Engagement", Kind.INTEGER, low=0, high=2_147_483_647),
    Target("emails_opened", "E-mails opened", "Engagement", Kind.INTEGER, low=0, high=2_147_483_647),
    Target("emails_clicked", "E-mails clicked", "Engagement", Kind.INTEGER, low=0, high=2_147_483_647),
    Target("communication_preference", "Communication preference", "Engagement", Kind.JSON, 10_000),
    Target("optimal_contact_time", "Best time to contact", "Engagement", Kind.JSON, 10_000),
    Target("verification_status", "Verification status", "Engagement", Kind.CHOICE),
    Target("has_google_maps_listing", "Has a Google Maps listing", "Presence", Kind.BOOLEAN),
    Target("google_rating", "Google rating", "Presence", Kind.RATING, low=0, high=5),
    Target("google_review_count", "Google reviews", "Presence", Kind.INTEGER, low=0, high=2_147_483_647),
    Target("price_level", "Price level", "Presence", Kind.PRICE_LEVEL, low=1, high=4),
    Target("has_weekend_hours", "Open at weekends", "Presence", Kind.BOOLEAN),
    Target("response_time", "Response time", "Presence", Kind.LINE, 50),
    Target("has_booking_keywords", "Has booking keywords", "Booking", Kind.BOOLEAN),
    Target("booking_keyword_score", "Booking keyword score", "Booking", Kind.INTEGER, low=0, high=10),
    Target("current_booking_tool", "Current booking tool", "Booking", Kind.LINE, 100),
    Target("has_appointment_form", "Has an appointment form", "Booking", Kind.BOOLEAN),
    Target("has_online_booking", "Has online booking", "Booking", Kind.BOOLEAN),
    Target("has_multi_location", "Has several locations", "Booking", Kind.BOOLEAN),
    Target("services_count", "Number of services", "Booking", Kind.INTEGER, low=0, high=1_000_000),
    Target("notes", "Notes", "Free", Kind.BLOCK, 20_000),
    Target("tags", "Tags", "Free", Kind.TAGS, 60),
    Target("do_not_contact", "Do not contact", "Free", Kind.BOOLEAN),
    Target("custom_fields", "Custom fields (JSON)", "Free", Kind.CUSTOM_JSON, 100_000, virtual=True),
)
TARGETS: dict[str, Target] = {target.name: target for target in _TARGETS}
