"""The lead: one wide table out of four systems."""

from __future__ import annotations

import time
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from leadcrm.core import money
from leadcrm.core.models import TenantForeignKey, TenantManager, TenantModel
from leads.choices import (
    CLOSED_STATUSES,
    BookingPotential,
    EngagementLevel,
    LeadSource,
    LeadStatus,
    OutreachStatus,
    ServiceTier,
    SourceType,
    VerificationStatus,
)
from leads.models.constraints import between, one_of
from leads.querysets import LeadQuerySet

POSITION_GAP = 1024
ALIVE = Q(deleted_at__isnull=True)
OPEN = ~Q(status__in=CLOSED_STATUSES)


def new_board_position() -> int:
    """Return the place on top of a column: newer is smaller, with room for moves between neighbours."""
    return -(time.time_ns() // 1000) * POSITION_GAP


class Lead(TenantModel):
    """A person or company that may buy. At least one of e-mail, phone, company, full name, external id is there.

    ``version`` grows with every change made by people; a form that carries an older one is stale.
    The searchable text lives in two generated columns that Django does not know (`leads_search`).
    """

    # Who
    first_name = models.CharField(max_length=255, blank=True)
    last_name = models.CharField(max_length=255, blank=True)
    email = models.EmailField("e-mail", max_length=254, blank=True)
    phone = models.CharField(max_length=50, blank=True, help_text="International form, such as +91 98123 45678.")
    company = models.CharField(max_length=255, blank=True)
    job_title = models.CharField(max_length=255, blank=True)
    website = models.CharField(max_length=255, blank=True)
    linkedin_url = models.CharField("LinkedIn", max_length=500, blank=True)
    linkedin_sales_nav_data = models.JSONField("LinkedIn Sales Navigator data", default=dict, blank=True)
    is_decision_maker = models.BooleanField("decision maker", null=True, blank=True)
    # Where
    street = models.CharField(max_length=255, blank=True)
    city = models.CharField(max_length=100, blank=True)
    state = models.CharField("state or region", max_length=100, blank=True)
    postal_code = models.CharField(max_length=20, blank=True)
    country = models.CharField(max_length=100, blank=True)
    # What
    industry = models.CharField(max_length=100, blank=True)
    business_type = models.CharField(max_length=100, blank=True)
    company_size = models.CharField(max_length=50, blank=True)
    budget = models.CharField(max_length=100, blank=True)
    timeframe = models.CharField(max_length=100, blank=True)
    message = models.TextField(blank=True)
    service_tier = models.CharField(max_length=20, choices=ServiceTier.choices, blank=True)
    # Origin
    source = models.CharField(max_length=30, choices=LeadSource.choices, default=LeadSource.MANUAL)
    source_type = models.CharField(max_length=20, choices=SourceType.choices, default=SourceType.MANUAL_IMPORT)
    external_id = models.CharField(max_length=255, blank=True)
    external_source = models.CharField(max_length=60, blank=True)
    batch = TenantForeignKey(
        "leads.LeadBatch", null=True, blank=True, on_delete=models.SET_NULL, related_name="leads", db_index=False
    )
    campaign = models.CharField("first-touch campaign", max_length=255, blank=True)
    utm_source = models.CharField("UTM source", max_length=255, blank=True)
    utm_medium = models.CharField("UTM medium", max_length=255, blank=True)
    utm_campaign = models.CharField("UTM campaign", max_length=255, blank=True)
    ip_address = models.GenericIPAddressField("IP address (truncated)", null=True, blank=True)
    user_agent = models.CharField("browser", max_length=200, blank=True)
    referrer = models.CharField(max_length=500, blank=True)
    consent = models.JSONField(default=dict, blank=True)
    # Pipeline
    status = models.CharField(max_length=20, choices=LeadStatus.choices, default=LeadStatus.NEW)
    stage = TenantForeignKey("leads.PipelineStage", on_delete=models.PROTECT, related_name="leads", db_index=False)
    stage_changed_at = models.DateTimeField(default=timezone.now)
    board_position = models.BigIntegerField(default=new_board_position)
    assigned_to = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="leads", db_index=False
    )
    team = TenantForeignKey(
        "accounts.Team", null=True, blank=True, on_delete=models.SET_NULL, related_name="leads", db_index=False
    )
    outreach_status = models.CharField(
        "outreach", max_length=20, choices=OutreachStatus.choices, default=OutreachStatus.NONE
    )
    follow_up_stage = models.CharField(max_length=50, blank=True)
    last_contacted_at = models.DateTimeField(null=True, blank=True)
    last_responded_at = models.DateTimeField(null=True, blank=True)
    last_activity_at = models.DateTimeField(default=timezone.now)
    next_follow_up_at = models.DateTimeField("next step at", null=True, blank=True)
    next_step = models.CharField(max_length=20, blank=True)  # the type of the next open activity
    expected_close_on = models.DateField("expected to close on", null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    predicted_value_minor = models.BigIntegerField("value", null=True, blank=True)
    won_value_minor = models.BigIntegerField("won value", null=True, blank=True)
    currency = models.CharField(max_length=3, default="INR")
    lost_reason = models.CharField(max_length=255, blank=True)
    # Scores
    score = models.PositiveSmallIntegerField(default=0)
    score_confidence = models.DecimalField(max_digits=3, decimal_places=2, default=Decimal(0))
    scored_at = models.DateTimeField(null=True, blank=True)
    conversion_probability = models.DecimalField(max_digits=5, decimal_places=4, null=True, blank=True)
    quality_score = models.PositiveSmallIntegerField(null=True, blank=True)
    digital_maturity_score = models.PositiveSmallIntegerField(null=True, blank=True)
    booking_potential = models.CharField(max_length=10, choices=BookingPotential.choices, blank=True)
    # Engagement
    engagement_level = models.CharField(max_length=10, choices=EngagementLevel.choices, default=EngagementLevel.UNKNOWN)
    emails_sent = models.PositiveIntegerField(default=0)
    emails_opened = models.PositiveIntegerField(default=0)
    emails_clicked = models.PositiveIntegerField(default=0)
    communication_preference = models.JSONField(default=dict, blank=True)
    optimal_contact_time = models.JSONField(default=dict, blank=True)
    # Verification
    verification_status = models.CharField(
        max_length=20, choices=VerificationStatus.choices, default=VerificationStatus.UNVERIFIED
    )
    # Presence
    has_google_maps_listing = models.BooleanField("Google Maps listing", null=True, blank=True)
    google_rating = models.DecimalField(max_digits=3, decimal_places=2, null=True, blank=True)
    google_review_count = models.PositiveIntegerField(null=True, blank=True)
    price_level = models.PositiveSmallIntegerField(null=True, blank=True)
    has_weekend_hours = models.BooleanField("weekend hours", null=True, blank=True)
    response_time = models.CharField(max_length=50, blank=True)
    # Website
    has_booking_keywords = models.BooleanField("booking keywords", null=True, blank=True)
    booking_keyword_score = models.PositiveSmallIntegerField(null=True, blank=True)
    current_booking_tool = models.CharField(max_length=100, blank=True)
    has_appointment_form = models.BooleanField("appointment form", null=True, blank=True)
    has_online_booking = models.BooleanField("online booking", null=True, blank=True)
    has_multi_location = models.BooleanField("several locations", null=True, blank=True)
    services_count = models.PositiveIntegerField(null=True, blank=True)
    # Free
    tags = models.ManyToManyField("leads.Tag", through="leads.LeadTag", related_name="leads", blank=True)
    custom_fields = models.JSONField(default=dict, blank=True)
    notes = models.TextField("remarks", blank=True)
    do_not_contact = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_by = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False, editable=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    # Normalised copies for plain equality, which is leakproof and so keeps its index under row level security.
    email_norm = models.GeneratedField(
        expression=Lower("email"), output_field=models.CharField(max_length=254, db_collation="C"), db_persist=True
    )
    company_norm = models.GeneratedField(
        expression=Lower("company"), output_field=models.CharField(max_length=255, db_collation="C"), db_persist=True
    )

    objects = TenantManager.from_queryset(LeadQuerySet)()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(email="")
                | ~Q(phone="")
                | ~Q(company="")
                | ~Q(external_id="")
                | (~Q(first_name="") & ~Q(last_name="")),
                name="%(app_label)s_%(class)s_identity",
                violation_error_message="A lead needs an e-mail, a phone, a company, a full name or an external id.",
            ),
            models.UniqueConstraint(
                fields=["organization", "external_source", "external_id"],
                condition=~Q(external_id=""),
                name="%(app_label)s_%(class)s_external_id_unique",
            ),
            one_of("status", LeadStatus),
            one_of("outreach_status", OutreachStatus),
            one_of("source", LeadSource),
            one_of("source_type", SourceType),
            one_of("service_tier", ServiceTier, blank=True),
            one_of("engagement_level", EngagementLevel),
            one_of("verification_status", VerificationStatus),
            one_of("booking_potential", BookingPotential, blank=True),
            between("score", 0, 100),
            between("score_confidence", 0, 1),
            between("conversion_probability", 0, 1),
            between("quality_score", 0, 100),
            between("digital_maturity_score", 0, 100),
            between("booking_keyword_score", 0, 10),
            between("google_rating", 0, 5),
            between("price_level", 1, 4),
        ]
        indexes: ClassVar = [
            # The staff scope looks a lead up by its id alone.
            models.Index(fields=["id"], name="leads_lead_id"),
            models.Index(fields=["organization", "-created_at", "-id"], name="leads_lead_created"),
            models.Index(fields=["organization", "-updated_at", "-id"], name="leads_lead_updated"),
            models.Index(fields=["organization", "-score", "-id"], name="leads_lead_score"),
            models.Index(fields=["organization", "company_norm", "id"], name="leads_lead_company"),
            models.Index(fields=["organization", "status", "-created_at", "-id"], name="leads_lead_status"),
            models.Index(fields=["organization", "source", "-created_at", "-id"], name="leads_lead_source"),
            # The columns of the board, one index for each reach: everybody's, one's own, the team's, and
            # what nobody of the team owns yet. Each page of a column is one range of one of them.
            models.Index(
                fields=["organization", "stage", "board_position", "id"], condition=ALIVE, name="leads_lead_board"
            ),
            models.Index(
                fields=["organization", "assigned_to", "stage", "board_position", "id"],
                condition=ALIVE,
                name="leads_lead_owner_board",
            ),
            models.Index(
                fields=["organization", "team", "stage", "board_position", "id"],
                condition=ALIVE & Q(team__isnull=False),
                name="leads_lead_team_board",
            ),
            models.Index(
                fields=["organization", "team", "stage", "board_position", "id"],
                condition=ALIVE & Q(assigned_to__isnull=True, team__isnull=False),
                name="leads_lead_pool_board",
            ),
            # What needs attention: no next step, or nobody touched it for long.
            models.Index(
                fields=["organization", "id"],
                condition=ALIVE & OPEN & Q(next_follow_up_at__isnull=True),
                name="leads_lead_unplanned",
            ),
            models.Index(
                fields=["organization", "last_activity_at", "id"], condition=ALIVE & OPEN, name="leads_lead_idle"
            ),
            # The win rate reads nothing but one of these.
            models.Index(
                fields=["organization", "closed_at"],
                include=["status", "assigned_to", "team"],
                condition=ALIVE & Q(closed_at__isnull=False),
                name="leads_lead_closed",
            ),
            models.Index(
                fields=["organization", "assigned_to", "closed_at"],
                include=["status", "team"],
                condition=ALIVE & Q(closed_at__isnull=False),
                name="leads_lead_owner_closed",
            ),
            models.Index(fields=["organization", "assigned_to", "-created_at"], name="leads_lead_owner"),
            models.Index(fields=["organization", "team", "-created_at"], name="leads_lead_team"),
            models.Index(
                fields=["organization", "next_follow_up_at", "id"],
                condition=Q(next_follow_up_at__isnull=False),
                name="leads_lead_follow_up",
            ),
            models.Index(fields=["organization", "email_norm"], condition=~Q(email=""), name="leads_lead_email"),
            models.Index(fields=["organization", "phone"], condition=~Q(phone=""), name="leads_lead_phone"),
            models.Index(fields=["organization", "batch"], condition=Q(batch__isnull=False), name="leads_lead_batch"),
            # Filters that pick few among many. A usual value is left out, so rows that have it pay nothing.
            models.Index(fields=["organization", "country"], condition=~Q(country=""), name="leads_lead_country"),
            models.Index(fields=["organization", "city"], condition=~Q(city=""), name="leads_lead_city"),
            models.Index(fields=["organization", "industry"], condition=~Q(industry=""), name="leads_lead_industry"),
            models.Index(
                fields=["organization", "-predicted_value_minor", "-id"],
                condition=Q(predicted_value_minor__isnull=False),
                name="leads_lead_value",
            ),
            models.Index(
                fields=["organization", "expected_close_on", "id"],
                condition=Q(expected_close_on__isnull=False),
                name="leads_lead_close",
            ),
            models.Index(
                fields=["organization", "outreach_status"],
                condition=~Q(outreach_status=OutreachStatus.NONE),
                name="leads_lead_outreach",
            ),
            models.Index(
                fields=["organization", "verification_status"],
                condition=~Q(verification_status=VerificationStatus.UNVERIFIED),
                name="leads_lead_verified",
            ),
            models.Index(
                fields=["organization", "engagement_level"],
                condition=~Q(engagement_level=EngagementLevel.UNKNOWN),
                name="leads_lead_engaged",
            ),
            GinIndex(
                fields=["organization", "custom_fields"],
                opclasses=["uuid_ops", "jsonb_path_ops"],
                condition=~Q(custom_fields={}),
                name="leads_lead_custom",
            ),
            models.Index(
                fields=["organization", "deleted_at"], condition=Q(deleted_at__isnull=False), name="leads_lead_trash"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def title(self) -> str:
        """The name to show first: the company, else the person, else whatever identifies the lead."""
        return self.company or self.full_name or self.email or self.phone or self.external_id

    @property
    def subtitle(self) -> str:
        person = ", ".join(part for part in (self.full_name, self.job_title) if part)
        return person if person and person != self.title else self.email

    @property
    def address(self) -> dict[str, str]:
        return {
            "street": self.street,
            "city": self.city,
            "state": self.state,
            "country": self.country,
            "postal_code": self.postal_code,
        }

    @property
    def predicted_value(self) -> Decimal | None:
        return money.to_decimal(self.predicted_value_minor, self.currency)

    @property
    def won_value(self) -> Decimal | None:
        return money.to_decimal(self.won_value_minor, self.currency)

    @property
    def value_minor(self) -> int | None:
        """What the lead counts for on the board: the won value once it is won and known, else the predicted one."""
        if self.status == LeadStatus.CLOSED_WON and self.won_value_minor is not None:
            return self.won_value_minor
        return self.predicted_value_minor

    @property
    def is_closed(self) -> bool:
        return self.status in CLOSED_STATUSES

    @property
    def score_band(self) -> str:
        return "high" if self.score >= 70 else "mid" if self.score >= 40 else "low"

    def idle_days(self, at: datetime) -> int:
        return max(0, (at - self.last_activity_at).days)
