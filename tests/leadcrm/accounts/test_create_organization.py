"""The command with which a self-hosted installation gets its first organisation."""

import re

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client

from leadcrm.accounts.choices import Role
from leadcrm.accounts.models import Organization, User
from leadcrm.core import tenancy
from leads.models import PipelineStage

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_prints_a_link_that_makes_an_administrator(capsys):
    call_command(
        "create_organization", name="New Studio", admin_email="Ada@Studio.example", currency="EUR", country="DE"
    )
    link = re.search(r"http\S+(/join/\S+/)", capsys.readouterr().out)[1]
    organization = Organization.objects.get(slug="new-studio")
    assert [message.to for message in mail.outbox] == [["ada@studio.example"]]
    response = Client().post(link, {"full_name": "Ada", "password": "correct horse battery"})
    assert response.status_code == 302
    person = User.objects.get(email="ada@studio.example")
    assert (person.role, person.organization_id) == (Role.ADMIN, organization.pk)
    with tenancy.organization_scope(organization.pk):
        assert PipelineStage.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"admin_email": "no address"},
        {"currency": "XXX"},
        {"time_zone": "Mars/Base"},
        {"country": "Germany"},
        {"slug": "not a slug"},
        {"name": " "},
    ],
)
def test_it_refuses_what_the_forms_refuse_and_leaves_nothing(wrong):
    with pytest.raises(CommandError):
        call_command("create_organization", **{"name": "New Studio", "admin_email": "a@b.example", **wrong})
    assert not Organization.objects.exists()


def test_an_address_that_is_taken_leaves_no_organization(rep):
    with pytest.raises(CommandError, match="cannot be invited"):
        call_command("create_organization", name="New Studio", admin_email=rep.email)
    assert not Organization.objects.filter(name="New Studio").exists()


def test_a_second_organization_of_the_name_gets_another_short_name(organization):
    call_command("create_organization", name="Acme Design", admin_email="a@b.example")
    assert Organization.objects.filter(slug="acme-design-2").exists()
    with pytest.raises(CommandError, match="is taken"):
        call_command("create_organization", name="X", slug="acme-design", admin_email="b@b.example")
