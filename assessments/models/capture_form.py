"""Forms on the open internet, and what was sent with them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.db import models

from assessments.capture_fields import ChosenField, chosen_fields
from assessments.choices import Guard, SubmissionState
from assessments.querysets import CaptureFormQuerySet, SubmissionQuerySet
from leadcrm.core.models import TenantForeignKey, TenantManager, TenantModel, TimestampedModel
from leads.choices import LeadSource
from leads.models.constraints import one_of


class CaptureForm(TenantModel, TimestampedModel):
    """A form that strangers fill in. ``fields`` and ``consents`` are lists in the order of the page.

    A consent has purpose, text, version, and whether the form cannot be sent without it.

    ``key`` is in the public address and no secret; it is found by its hash, like the links with secrets.
    """

    name = models.CharField(max_length=120)
    key = models.CharField(max_length=64, editable=False)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    is_open = models.BooleanField("open", default=True)
    title = models.CharField(max_length=120)
    introduction = models.TextField(blank=True)
    button = models.CharField("words on the button", max_length=60, default="Send")
    fields = models.JSONField(default=list)
    consents = models.JSONField(default=list, blank=True)
    double_opt_in = models.BooleanField("confirm the address by mail", default=False)
    thanks = models.TextField("thank-you text", blank=True, default="Thank you. We will be in touch.")
    redirect_url = models.CharField("page to go to afterwards", max_length=500, blank=True)
    allowed_origins = models.JSONField(default=list, blank=True)
    owner = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    team = TenantForeignKey(
        "accounts.Team", null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    stage = TenantForeignKey(
        "leads.PipelineStage", null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    tags = models.JSONField(default=list, blank=True)
    source = models.CharField(max_length=30, choices=LeadSource.choices, default=LeadSource.WEBSITE)
    guard = models.CharField("proof of work", max_length=20, choices=Guard.choices, default=Guard.AUTOMATIC)
    guarded_until = models.DateTimeField(null=True, blank=True, editable=False)
    created_by = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False, editable=False
    )

    objects = TenantManager.from_queryset(CaptureFormQuerySet)()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "name"], name="%(app_label)s_%(class)s_name_unique"),
            one_of("source", LeadSource),
            one_of("guard", Guard),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def chosen(self) -> list[ChosenField]:
        return chosen_fields(self.fields)

    def is_guarded(self, *, at: datetime) -> bool:
        """Tell whether visitors' browsers have to prove work now."""
        return self.guard == Guard.ALWAYS or (self.guarded_until is not None and self.guarded_until > at)


class Submission(TenantModel):
    """One answer, as it was typed (``values``) and as the lead gets it (``facts``).

    ``idempotency_key`` names the page that it was sent from, so that sending twice is one answer.
    """

    form = TenantForeignKey(CaptureForm, on_delete=models.CASCADE, related_name="submissions", db_index=False)
    state = models.CharField(max_length=20, choices=SubmissionState.choices, default=SubmissionState.RECEIVED)
    reasons = models.JSONField(default=list, blank=True)
    email = models.EmailField("e-mail", max_length=254)
    values = models.JSONField(default=dict)
    facts = models.JSONField(default=dict)
    consents = models.JSONField(default=list)
    attribution = models.JSONField(default=dict)
    content_hash = models.CharField(max_length=64, editable=False)
    idempotency_key = models.CharField(max_length=80, editable=False)
    token_hash = models.CharField(max_length=64, unique=True, null=True, editable=False)
    ip_address = models.GenericIPAddressField("IP address (truncated)", null=True, blank=True)
    user_agent = models.CharField("browser", max_length=200, blank=True)
    session_id = models.CharField(max_length=64, blank=True, editable=False)
    lead = TenantForeignKey(
        "leads.Lead", null=True, blank=True, on_delete=models.CASCADE, related_name="submissions", db_index=False
    )
    created_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    objects = TenantManager.from_queryset(SubmissionQuerySet)()

    class Meta:
        constraints: ClassVar = [
            one_of("state", SubmissionState),
            models.UniqueConstraint(
                fields=["organization", "form", "idempotency_key"], name="%(app_label)s_%(class)s_once"
            ),
            # What is kept from the leads has none.
            models.CheckConstraint(
                condition=~models.Q(state__in=[SubmissionState.QUARANTINED, SubmissionState.REJECTED])
                | models.Q(lead__isnull=True),
                name="%(app_label)s_%(class)s_kept_back",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["organization", "form", "state", "-created_at", "-id"], name="assessments_submission_state"
            ),
            models.Index(fields=["organization", "form", "-created_at", "-id"], name="assessments_submission_form"),
            models.Index(
                fields=["organization", "lead"],
                condition=models.Q(lead__isnull=False),
                name="assessments_submission_lead",
            ),
            models.Index(fields=["organization", "email"], name="assessments_submission_email"),
        ]

    def __str__(self) -> str:
        return f"{self.email}, {self.get_state_display().lower()}"

    @property
    def awaits_confirmation(self) -> bool:
        return self.lead_id is None and self.state in (SubmissionState.RECEIVED, SubmissionState.RELEASED)

    @property
    def is_quarantined(self) -> bool:
        return self.state == SubmissionState.QUARANTINED

    def shown_values(self) -> list[tuple[str, Any]]:
        """Return (label, text) of what was typed, in the order of the form; fields that it lost since come last."""
        labels = {field.name: field.label for field in self.form.chosen}
        order = [*labels, *(name for name in self.values if name not in labels)]
        return [(labels.get(name, name), self.values[name]) for name in order if self.values.get(name)]
