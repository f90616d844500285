"""An estimate as an offer: with a last day, a public link, and the name of the person who accepted it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.utils import timezone

from assessments.choices import ProposalState
from leadcrm.core.models import TenantForeignKey, TenantManager, TenantModel, TenantQuerySet, TimestampedModel
from leads.models.constraints import one_of

if TYPE_CHECKING:
    from leads.models import Lead


class ProposalQuerySet(TenantQuerySet["Proposal"]):
    def of_lead(self, lead: Lead) -> Self:
        return self.filter(lead=lead)

    def newest_first(self) -> Self:
        return self.order_by("-created_at", "-id")


class Proposal(TenantModel, TimestampedModel):
    """One offer. What it says (``content``, shape in ``services.proposals``) is fixed when it is made.

    Where it is accepted, ``accepted_name`` is what the person typed and ``accepted_address`` the network that the
    person came from. The link is stored as a hash only.
    """

    lead = TenantForeignKey("leads.Lead", on_delete=models.CASCADE, related_name="proposals", db_index=False)
    calculation = TenantForeignKey(
        "assessments.Calculation", on_delete=models.CASCADE, related_name="proposals", db_index=False
    )
    reference = models.CharField(max_length=20)
    title = models.CharField(max_length=160)
    introduction = models.TextField(blank=True)
    content = models.JSONField(default=dict)
    total_minor = models.BigIntegerField("total")
    currency = models.CharField(max_length=3)
    valid_until = models.DateField()
    state = models.CharField(max_length=20, choices=ProposalState.choices, default=ProposalState.OPEN)
    token_hash = models.CharField(max_length=64, unique=True, null=True, editable=False)
    created_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_name = models.CharField(max_length=200, blank=True)
    accepted_address = models.GenericIPAddressField("accepted from (truncated)", null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    objects = TenantManager.from_queryset(ProposalQuerySet)()

    class Meta:
        constraints: ClassVar = [
            one_of("state", ProposalState),
            models.CheckConstraint(
                condition=(
                    models.Q(state=ProposalState.ACCEPTED, accepted_at__isnull=False)
                    | (~models.Q(state=ProposalState.ACCEPTED) & models.Q(accepted_at__isnull=True))
                ),
                name="%(app_label)s_%(class)s_acceptance",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "lead", "-created_at"], name="assessments_proposal_lead"),
            models.Index(fields=["organization", "calculation"], name="assessments_proposal_calc"),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.reference})"

    @property
    def has_passed(self) -> bool:
        """Tell whether it is expired today, in the time zone of the request."""
        return self.is_expired(today=timezone.localdate())

    def is_expired(self, *, today: date) -> bool:
        """Tell whether nobody can accept it any more because its last day has passed."""
        return self.state == ProposalState.OPEN and self.valid_until < today

    def can_be_accepted(self, *, today: date) -> bool:
        return self.state == ProposalState.OPEN and not self.is_expired(today=today)
