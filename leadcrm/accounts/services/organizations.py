"""Create an organisation and change its facts and its business profile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from leadcrm.accounts.events import AccountEvent
from leadcrm.accounts.models import BusinessProfile, Organization, User
from leadcrm.accounts.signals import organization_created
from leadcrm.audit import services as audit
from leadcrm.core import tenancy
from leadcrm.core.errors import DomainError

FACTS = ("name", "domain", "industry", "size", "currency", "time_zone", "country")
PROFILE = ("ideal_customer", "brand_voice", "goals", "value_proposition", "links")


def free_slug(name: str) -> str:
    """Return a slug for ``name`` that no organisation has. Costs a query."""
    base = slugify(name)[:50].strip("-") or "organization"
    taken = set(Organization.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    number = 1
    slug = base
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug


@transaction.atomic
def create_organization(*, name: str, actor: User | None, slug: str = "", **facts: Any) -> Organization:
    """Create an organisation with everything that belongs to a new one.

    Works without a scope, in the staff scope and in that of no other organisation.

    Raises: DomainError when the slug is taken.
    Side effects: audit entry; ``organization_created``, by which the apps above add what they need.
    """
    slug = slug or free_slug(name)
    if Organization.objects.filter(slug=slug).exists():
        raise DomainError(f"The short name “{slug}” is taken.", code="slug_taken", field="slug")
    organization = Organization.objects.create(name=name, slug=slug, **facts)
    equip(organization=organization, actor=actor)
    return organization


@transaction.atomic
def equip(*, organization: Organization, actor: User | None) -> None:
    """Give an organisation that was just saved its profile, its audit entry and what the apps above add."""
    scope = tenancy.maybe_scope()
    if scope is not None and scope.is_staff:
        _equip(organization, actor)
        return
    with tenancy.organization_scope(organization.pk, actor_id=actor.pk if actor else None):
        _equip(organization, actor)


def _equip(organization: Organization, actor: User | None) -> None:
    BusinessProfile.objects.create(organization=organization)
    audit.record(
        AccountEvent.ORGANIZATION_CREATED,
        organization,
        actor=actor,
        description=organization.name,
        organization_id=organization.pk,
    )
    organization_created.send(sender=Organization, organization=organization, actor=actor)


@transaction.atomic
def change_organization(*, organization: Organization, facts: Mapping[str, Any], actor: User) -> Organization:
    """Set facts of an organisation; the keys are those of ``FACTS``."""
    locked = Organization.objects.select_for_update().get(pk=organization.pk)
    changes = _apply(locked, facts, FACTS)
    if changes:
        locked.save(update_fields=[*changes, "updated_at"])
        audit.record(AccountEvent.ORGANIZATION_UPDATED, locked, actor=actor, changes=changes, organization_id=locked.pk)
    return locked


@transaction.atomic
def change_profile(*, facts: Mapping[str, Any], actor: User) -> BusinessProfile:
    """Set the business profile of the organisation of the scope; the keys are those of ``PROFILE``."""
    profile, _ = BusinessProfile.objects.select_for_update().get_or_create(
        organization_id=tenancy.current_organization_id()
    )
    changes = _apply(profile, facts, PROFILE)
    if changes:
        profile.save(update_fields=[*changes, "updated_at"])
        audit.record(AccountEvent.PROFILE_UPDATED, profile, actor=actor, changes=changes)
    return profile


def _apply(target: Any, facts: Mapping[str, Any], allowed: tuple[str, ...]) -> dict[str, tuple[Any, Any]]:
    changes: dict[str, tuple[Any, Any]] = {}
    for field in allowed:
        if field in facts and getattr(target, field) != facts[field]:
            changes[field] = (getattr(target, field), facts[field])
            setattr(target, field, facts[field])
    return changes
