"""Switches for parts of the product: of the installation, not of a customer, and so outside row level security."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import ClassVar

from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.db.models import Q

from leadcrm.core.models import TimestampedModel, UUIDModel
from leadcrm.flags.choices import Environment

STEPS = 10_000


class FeatureFlag(UUIDModel, TimestampedModel):
    """One switch. It is on where it is enabled, in this environment, for somebody of its groups or of its share.

    ``user_groups`` is a list of names: a role ("manager"), a group of the admin, or "organization:<short name>".
    ``rollout_percentage`` is the share of everybody else; empty means all of them.
    """

    key = models.CharField(
        max_length=60,
        unique=True,
        validators=[RegexValidator(r"^[A-Z][A-Z0-9_]*\Z", "Capital letters, digits and underscores.")],
        help_text="The name that code asks for.",
    )
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    enabled = models.BooleanField(default=False, help_text="The main switch: off is off everywhere.")
    enabled_dev = models.BooleanField("on in development", default=True)
    enabled_staging = models.BooleanField("on in staging", default=False)
    enabled_prod = models.BooleanField("on in production", default=False)
    rollout_percentage = models.PositiveSmallIntegerField(
        "share in percent",
        null=True,
        blank=True,
        default=0,
        validators=[MaxValueValidator(100)],
        help_text="For how many of those who are in none of the groups; empty for all. Whoever has it keeps it when"
        " the share grows.",
    )
    user_groups = models.JSONField("groups", default=list, blank=True)

    class Meta:
        verbose_name = "feature flag"
        ordering: ClassVar = ("key",)
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(rollout_percentage__isnull=True) | Q(rollout_percentage__range=(0, 100)),
                name="%(app_label)s_%(class)s_share",
            ),
        ]

    def __str__(self) -> str:
        return self.key

    def is_enabled_in(self, environment: str) -> bool:
        """Tell whether it is switched on at all in an environment."""
        switches = {
            Environment.DEV: self.enabled_dev,
            Environment.STAGING: self.enabled_staging,
            Environment.PROD: self.enabled_prod,
        }
        return self.enabled and switches[Environment(environment)]

    def covers(self, subject: str, groups: Collection[str]) -> bool:
        """Tell whether it is on for ``subject``, somebody of ``groups``; an empty subject is in no share below 100."""
        if not set(self.user_groups).isdisjoint(groups) or self.rollout_percentage in (None, 100):
            return True
        return bool(subject) and self._place(subject) < (self.rollout_percentage or 0) * STEPS // 100

    def _place(self, subject: str) -> int:
        """Return the place of ``subject`` among ``STEPS``: always the same, and another one for every flag."""
        digest = hashlib.sha256(f"{self.key}:{subject}".encode()).digest()
        return int.from_bytes(digest[:8], "big") % STEPS


class FlagChange(UUIDModel):
    """Who switched what. Append-only: nobody has UPDATE or DELETE on the table.

    ``changes`` has the shape {field: [before, after]}. The key is text, because the entry outlives the flag.
    """

    key = models.CharField(max_length=60)
    actor = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    # The name at the time: the entry must still read well when the person is gone.
    actor_name = models.CharField(max_length=255, blank=True)
    action = models.CharField(max_length=10)  # added, changed, deleted
    changes = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "change of a flag"
        verbose_name_plural = "changes of flags"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(action__in=["added", "changed", "deleted"]), name="%(app_label)s_%(class)s_action"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["key", "-created_at"], name="flags_change_key")]

    def __str__(self) -> str:
        return f"{self.actor_name or 'leadcrm'} {self.action} {self.key}"
