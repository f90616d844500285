"""Custom fields of an organisation; their values live in ``Lead.custom_fields`` under the key."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models

from leadcrm.core.models import TenantManager, TenantModel, TenantQuerySet, TimestampedModel
from leads.choices import CustomFieldType
from leads.models.constraints import one_of


class CustomField(TenantModel, TimestampedModel):
    key = models.CharField(
        max_length=60, validators=[RegexValidator(r"^[a-z][a-z0-9_]*$", "Use small letters, digits and _.")]
    )
    label = models.CharField(max_length=120)
    type = models.CharField(max_length=10, choices=CustomFieldType.choices, default=CustomFieldType.TEXT)
    position = models.PositiveIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    objects = TenantManager.from_queryset(TenantQuerySet)()

    class Meta:
        ordering: ClassVar = ["position", "label"]
        constraints: ClassVar = [
            one_of("type", CustomFieldType),
            models.UniqueConstraint(fields=["organization", "key"], name="%(app_label)s_%(class)s_key_unique"),
        ]

    def __str__(self) -> str:
        return self.label
