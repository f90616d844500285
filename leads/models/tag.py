"""Tags, and which lead has which."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models.functions import Coalesce, Lower

from leadcrm.core.models import TenantForeignKey, TenantManager, TenantModel, TenantQuerySet


class TagQuerySet(TenantQuerySet["Tag"]):
    def with_sizes(self) -> Self:
        """Add ``size``, the number of leads that have the tag.

        A sub-query, because GROUP BY the key that Django believes in is not grouping by the key of the table.
        """
        links = LeadTag.objects.filter(tag=models.OuterRef("pk")).order_by()
        counts = links.values("tag").annotate(n=models.Count("*"))
        return self.annotate(size=Coalesce(models.Subquery(counts.values("n")), 0))


class Tag(TenantModel):
    name = models.CharField(max_length=60)
    colour = models.CharField(max_length=10, default="grey")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TenantManager.from_queryset(TagQuerySet)()

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint("organization", Lower("name"), name="%(app_label)s_%(class)s_name_unique"),
        ]

    def __str__(self) -> str:
        return self.name


class LeadTag(TenantModel):
    lead = TenantForeignKey("leads.Lead", on_delete=models.CASCADE, related_name="lead_tags", db_index=False)
    tag = TenantForeignKey("leads.Tag", on_delete=models.CASCADE, related_name="lead_tags", db_index=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TenantManager.from_queryset(TenantQuerySet)()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "lead", "tag"], name="%(app_label)s_%(class)s_unique"),
        ]
        indexes: ClassVar = [models.Index(fields=["organization", "tag", "lead"], name="leads_leadtag_tag")]

    def __str__(self) -> str:
        return f"{self.tag} on {self.lead}"
