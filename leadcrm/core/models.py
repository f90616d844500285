"""Abstract bases of every table: time-ordered keys, time stamps, and the organisation a row belongs to."""

from __future__ import annotations

import uuid
from typing import Any, Self, TypeVar

from django.db import models
from uuid_utils.compat import uuid7

from leadcrm.core import tenancy

M = TypeVar("M", bound=models.Model, covariant=True)


def new_id() -> uuid.UUID:
    """Return a UUIDv7, so that inserts stay at the right edge of every index."""
    return uuid7()


class UUIDModel(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)

    class Meta:
        abstract = True


class TimestampedModel(models.Model):
    created_at = models.DateTimeField(auto_now_add=True, editable=False)
    updated_at = models.DateTimeField(auto_now=True, editable=False)

    class Meta:
        abstract = True


class TenantQuerySet(models.QuerySet[M]):
    """The base of every tenant queryset."""

    def in_organization(self, organization_id: uuid.UUID) -> Self:
        return self.filter(organization_id=organization_id)


class TenantManager(models.Manager[M]):
    """A manager that fails closed: no scope, no rows, but an error.

    In an organisation scope it filters by that organisation; row level security says the same a second
    time. In the staff scope it filters nothing.

    Raises: NoOrganizationScope.
    """

    def get_queryset(self) -> models.QuerySet[M]:
        queryset = super().get_queryset()
        scope = tenancy.current_scope()
        return queryset if scope.is_staff else queryset.filter(organization_id=scope.organization_id)


def _organization_of_scope() -> uuid.UUID | None:
    """Return the organisation of the scope; None in the staff scope, where the database insists on being told.

    Raises: NoOrganizationScope.
    """
    return tenancy.current_scope().organization_id


class TenantForeignKey(models.ForeignKey[Any, Any]):
    """A foreign key to a tenant table.

    The database constraint is not Django's, which accepts a row of another organisation, but the
    composite one (organization_id, column) that ``SecureTable`` adds.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        super().__init__(*args, **kwargs)


class TenantModel(UUIDModel):
    """A row that belongs to one organisation; the organisation defaults to that of the scope."""

    organization = models.ForeignKey(
        "accounts.Organization",
        on_delete=models.CASCADE,
        related_name="+",
        default=_organization_of_scope,
        editable=False,
        db_index=False,  # the primary key and every index are led by it
    )

    class Meta:
        abstract = True
