"""Scopes fail closed, nest only into themselves, and are entered again after a commit."""

import uuid

import pytest
from django.db import transaction

from leadcrm.accounts.models import Team
from leadcrm.core import tenancy
from tests.factories.accounts import OrganizationFactory, TeamFactory


def test_a_tenant_manager_refuses_to_work_without_a_scope(db):
    with pytest.raises(tenancy.NoOrganizationScope):
        Team.objects.count()


def test_a_scope_shows_only_its_organization(db):
    mine, theirs = TeamFactory(), TeamFactory()
    with tenancy.organization_scope(mine.organization_id):
        assert set(Team.objects.all()) == {mine}
    with tenancy.organization_scope(theirs.organization_id):
        assert set(Team.objects.all()) == {theirs}


def test_the_scope_of_another_organization_cannot_be_opened_inside(db):
    with (
        tenancy.organization_scope(OrganizationFactory().pk),
        pytest.raises(tenancy.NestedScope),
        tenancy.organization_scope(uuid.uuid4()),
    ):
        pass


def test_the_staff_scope_cannot_be_opened_inside_an_organization(db):
    with (
        tenancy.organization_scope(OrganizationFactory().pk),
        pytest.raises(tenancy.NestedScope),
        tenancy.staff_scope(),
    ):
        pass


def test_the_same_scope_may_be_opened_again_and_keeps_its_actor(db):
    organization, actor = OrganizationFactory(), uuid.uuid4()
    with tenancy.organization_scope(organization.pk, actor_id=actor) as outer:
        with tenancy.organization_scope(organization.pk) as inner:
            assert inner is outer
        assert Team.objects.count() == 0


def test_the_staff_scope_sees_every_organization_and_belongs_to_none(db):
    teams = {TeamFactory(), TeamFactory()}
    with tenancy.staff_scope():
        assert set(Team.objects.all()) == teams
        with pytest.raises(tenancy.NoOrganizationScope):
            tenancy.current_organization_id()


def test_a_failed_scope_leaves_no_scope_behind(db):
    organization = OrganizationFactory()
    with pytest.raises(ZeroDivisionError), tenancy.organization_scope(organization.pk):
        TeamFactory(organization=organization)
        raise ZeroDivisionError
    assert tenancy.maybe_scope() is None
    with tenancy.organization_scope(organization.pk):
        assert Team.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_after_the_commit_a_callback_runs_in_the_scope_again():
    team = TeamFactory()
    seen = []
    with tenancy.organization_scope(team.organization_id), transaction.atomic():
        tenancy.on_commit(lambda: seen.extend(Team.objects.all()))
        assert seen == []
    assert seen == [team]


def test_an_organization_id_that_is_no_uuid_is_refused(db):
    with pytest.raises(ValueError), tenancy.organization_scope("x'; DROP TABLE leads_lead; --"):
        pass
