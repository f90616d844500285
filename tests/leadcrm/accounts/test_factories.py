"""The factories and personas that every other test stands on."""

import pytest

from leadcrm.accounts.choices import Role
from leadcrm.accounts.models import BusinessProfile, Invitation, Team
from leadcrm.audit.models import ActivityLog
from leadcrm.core import tenancy
from tests.factories.accounts import InvitationFactory


def test_personas_have_the_role_of_their_name(admin, manager, rep, marketer, editor, viewer):
    roles = [person.role for person in (admin, manager, rep, marketer, editor, viewer)]
    assert roles == [Role.ADMIN, Role.MANAGER, Role.SALES_REP, Role.MARKETING, Role.EDITOR, Role.VIEWER]
    assert {person.organization_id for person in (admin, manager, rep)} == {admin.organization_id}


def test_outsider_belongs_to_another_organization(admin, outsider):
    assert outsider.organization_id != admin.organization_id
    assert outsider.role == Role.ADMIN


def test_a_new_organization_has_a_profile_and_an_audit_entry(organization):
    with tenancy.organization_scope(organization.pk):
        assert BusinessProfile.objects.count() == 1
        assert ActivityLog.objects.filter(action="organization.created").count() == 1


def test_rows_of_another_organization_are_invisible(team, other_organization):
    with tenancy.organization_scope(other_organization.pk):
        assert not Team.objects.exists()
    with pytest.raises(tenancy.NoOrganizationScope):
        Team.objects.exists()


def test_factories_work_inside_the_scope_of_their_organization(organization, scope):
    invitation = InvitationFactory(organization=organization, token="abc", expired=True)
    assert Invitation.objects.get() == invitation


def test_a_created_person_has_one_verified_address(rep):
    addresses = list(rep.emailaddress_set.values_list("email", "verified", "primary"))
    assert addresses == [(rep.email, True, True)]
