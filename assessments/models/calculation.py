"""What the calculators computed: kept with everything that is needed to show it again as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.utils import timezone

from assessments.choices import CalculationType
from leadcrm.core.models import TenantForeignKey, TenantManager, TenantModel, TenantQuerySet
from leads.models.constraints import one_of

if TYPE_CHECKING:
    from leads.models import Lead


LONGEST_PAYBACK = 2_147_483_647


class CalculationQuerySet(TenantQuerySet["Calculation"]):
    def of_lead(self, lead: Lead) -> Self:
        return self.filter(lead=lead)

    def of_type(self, type: str) -> Self:
        return self.filter(type=type)

    def newest_first(self) -> Self:
        return self.order_by("-created_at", "-id")


class Calculation(TenantModel):
    """One calculation. It is never changed: another one is another version.

    ``inputs`` and ``results`` hold amounts as decimal texts in major units of ``currency`` (shapes: ``services.roi``
    and ``services.estimates``). ``total_value_minor`` is what a project saves in a year, or what it costs; a payback
    longer than ``LONGEST_PAYBACK`` stands there as that. The link that shows it to the person who asked for it is
    stored as a hash only.
    """

    type = models.CharField(max_length=20, choices=CalculationType.choices)
    lead = TenantForeignKey(
        "leads.Lead", null=True, blank=True, on_delete=models.CASCADE, related_name="calculations", db_index=False
    )
    email = models.EmailField("e-mail", max_length=254, blank=True)
    label = models.CharField("name", max_length=120, blank=True)
    inputs = models.JSONField(default=dict)
    results = models.JSONField(default=dict)
    total_value_minor = models.BigIntegerField("total value")
    roi = models.DecimalField("ROI in percent", max_digits=30, decimal_places=1, null=True)
    payback_months = models.PositiveIntegerField(null=True)
    currency = models.CharField(max_length=3)
    rate_version = models.PositiveIntegerField(default=0)  # 0 is the shipped table
    token_hash = models.CharField(max_length=64, unique=True, null=True, editable=False)
    created_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = TenantManager.from_queryset(CalculationQuerySet)()

    class Meta:
        constraints: ClassVar = [
            one_of("type", CalculationType),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "lead", "type", "-created_at"], name="assessments_calc_lead"),
            models.Index(fields=["organization", "type", "-created_at"], name="assessments_calc_type"),
            models.Index(fields=["organization", "email"], name="assessments_calc_email"),
        ]

    def __str__(self) -> str:
        return self.label or f"{self.get_type_display()} of {self.created_at:%Y-%m-%d}"

    @property
    def is_roi(self) -> bool:
        return self.type == CalculationType.ROI
