"""Organisations, teams, people and invitations. Each row is made inside the scope of its organisation.

A factory may be called with or without an open scope; inside one it must be that of the same organisation.
"""

import hashlib
from datetime import timedelta

from django.utils import timezone
from factory.declarations import LazyAttribute, LazyFunction, Sequence, SubFactory, Trait
from factory.django import DjangoModelFactory

from leadcrm.accounts.choices import Role
from leadcrm.accounts.models import Invitation, Organization, Team, User
from leadcrm.accounts.services import organizations
from leadcrm.core import tenancy

PASSWORD = "correct horse battery"


class TenantFactory(DjangoModelFactory):
    """The base of factories for tenant models: pass ``organization``."""

    class Meta:
        abstract = True

    @classmethod
    def _create(cls, model_class, *args, organization, **kwargs):
        scope = tenancy.maybe_scope()
        if scope is not None and scope.is_staff:
            return model_class.objects.create(*args, organization=organization, **kwargs)
        with tenancy.organization_scope(organization.pk):
            return model_class.objects.create(*args, organization=organization, **kwargs)


class OrganizationFactory(DjangoModelFactory):
    """An organisation as the product makes it: with its business profile and its default pipeline."""

    class Meta:
        model = Organization

    name = Sequence(lambda n: f"Organization {n}")
    slug = Sequence(lambda n: f"organization-{n}")
    currency = "INR"
    time_zone = "Asia/Kolkata"
    country = "IN"

    @classmethod
    def _create(cls, model_class, *args, **kwargs):  # noqa: ARG003 — the signature is factory_boy's
        return organizations.create_organization(actor=None, **kwargs)


class TeamFactory(TenantFactory):
    class Meta:
        model = Team

    organization = SubFactory(OrganizationFactory)
    name = Sequence(lambda n: f"Team {n}")


class UserFactory(DjangoModelFactory):
    """A person with a verified address and the password ``PASSWORD``; roles: ``UserFactory(manager=True)``."""

    class Meta:
        model = User

    organization = SubFactory(OrganizationFactory)
    full_name = Sequence(lambda n: f"Person {n}")
    email = Sequence(lambda n: f"person{n}@example.com")
    role = Role.SALES_REP

    class Params:
        admin = Trait(role=Role.ADMIN)
        manager = Trait(role=Role.MANAGER)
        rep = Trait(role=Role.SALES_REP)
        marketer = Trait(role=Role.MARKETING)
        editor = Trait(role=Role.EDITOR)
        viewer = Trait(role=Role.VIEWER)
        # Consultancy staff belong to no organisation; without is_superuser Django's permissions decide.
        staff = Trait(organization=None, is_staff=True, is_superuser=True)

    @classmethod
    def _create(cls, model_class, *args, email, password=PASSWORD, **kwargs):  # noqa: ARG003 — as above
        return model_class.objects.create_user(email, password, **kwargs)


class InvitationFactory(TenantFactory):
    """An open invitation. Pass ``token`` to know the link's secret."""

    class Meta:
        model = Invitation

    class Params:
        token = Sequence(lambda n: f"token-{n}")
        expired = Trait(expires_at=LazyFunction(lambda: timezone.now() - timedelta(minutes=1)))
        revoked = Trait(revoked_at=LazyFunction(timezone.now))
        accepted = Trait(accepted_at=LazyFunction(timezone.now))

    organization = SubFactory(OrganizationFactory)
    email = Sequence(lambda n: f"invited{n}@example.com")
    role = Role.SALES_REP
    token_hash = LazyAttribute(lambda o: hashlib.sha256(o.token.encode()).hexdigest())
