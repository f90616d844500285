"""One person per role, an outsider of another organisation, and staff; each test gets those it asks for.

``organization`` has one team, ``team``, with the manager and the rep in it. Tenant rows are touched inside
``tenancy.organization_scope``; ``scope`` opens that of ``organization`` for a whole test.
"""

import pytest
from django.test import Client

from leadcrm.core import tenancy
from tests.factories.accounts import OrganizationFactory, TeamFactory, UserFactory

BACKEND = "leadcrm.accounts.backends.EmailBackend"


@pytest.fixture
def organization(db):
    return OrganizationFactory(name="Acme Design", slug="acme-design")


@pytest.fixture
def other_organization(db):
    return OrganizationFactory(name="Globex", slug="globex", country="DE", currency="EUR", time_zone="Europe/Berlin")


@pytest.fixture
def scope(organization):
    with tenancy.organization_scope(organization.pk) as scope:
        yield scope


@pytest.fixture
def team(organization):
    return TeamFactory(organization=organization, name="North")


@pytest.fixture
def admin(organization):
    return UserFactory(admin=True, organization=organization, full_name="Asha Rao", email="admin@acme.example")


@pytest.fixture
def manager(organization, team):
    person = UserFactory(
        manager=True, organization=organization, team=team, full_name="Meera Iyer", email="manager@acme.example"
    )
    with tenancy.organization_scope(organization.pk):
        team.manager = person
        team.save(update_fields=["manager"])
    return person


@pytest.fixture
def rep(organization, team):
    return UserFactory(rep=True, organization=organization, team=team, full_name="Ravi Nair", email="rep@acme.example")


@pytest.fixture
def marketer(organization):
    return UserFactory(marketer=True, organization=organization, full_name="Maya Das", email="marketer@acme.example")


@pytest.fixture
def editor(organization):
    return UserFactory(editor=True, organization=organization, full_name="Eli Thomas", email="editor@acme.example")


@pytest.fixture
def viewer(organization):
    return UserFactory(viewer=True, organization=organization, full_name="Vik Menon", email="viewer@acme.example")


@pytest.fixture
def outsider(other_organization):
    return UserFactory(admin=True, organization=other_organization, full_name="Otto Kern", email="admin@globex.example")


@pytest.fixture
def staff(db):
    return UserFactory(staff=True, full_name="Sam Staff", email="staff@leadcrm.example")


@pytest.fixture
def client_of(db):
    """Return a function that gives a browser in which a person is signed in."""

    def sign_in(user) -> Client:
        client = Client()
        client.force_login(user, backend=BACKEND)
        return client

    return sign_in
