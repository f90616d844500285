"""Lists in the admin that stay fast over a million rows of every organisation."""

from __future__ import annotations

import uuid
from functools import cached_property
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

from leadcrm.core.paging import count_up_to

MOST_ROWS = 10_000
MOST_ORGANIZATIONS = 100


class CappedPaginator(Paginator):  # type: ignore[type-arg]  # not subscriptable at run time
    """Count no further than ``MOST_ROWS``; whoever needs a row beyond them filters or searches."""

    @cached_property
    def _counted(self) -> int:
        return count_up_to(self.object_list, MOST_ROWS)  # type: ignore[arg-type]  # the admin passes querysets

    @cached_property
    def count(self) -> int:
        return min(self._counted, MOST_ROWS)

    @property
    def is_capped(self) -> bool:
        return self._counted > MOST_ROWS


class OrganizationFilter(admin.SimpleListFilter):
    """Rows of one organisation. Beyond the first hundred by name, the page of an organisation links here."""

    title = "organization"
    parameter_name = "organization"
    field = "organization_id"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, str]]:  # noqa: ARG002
        organizations = apps.get_model("accounts", "Organization")._default_manager
        rows = list(organizations.order_by("name").values_list("pk", "name")[:MOST_ORGANIZATIONS])
        chosen = as_uuid(self.value())
        if chosen is not None and chosen not in {pk for pk, _ in rows}:
            rows += organizations.filter(pk=chosen).values_list("pk", "name")
        return [(str(pk), name) for pk, name in rows]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002
        value = self.value()
        if not value:
            return queryset
        chosen = as_uuid(value)
        if chosen is None:
            raise IncorrectLookupParameters("Not an organization.")
        return queryset.filter(**{self.field: chosen})


def as_uuid(text: str | None) -> uuid.UUID | None:
    """Return the id that a text is, or None."""
    try:
        return uuid.UUID(str(text).strip())
    except ValueError:
        return None
