"""Leads that come by themselves: one per address, and nothing that is known is overwritten by a stranger."""

import pytest

from leadcrm.audit import settings
from leads.choices import LeadSource, ServiceTier, SourceType
from leads.models import Lead
from leads.services import inbound
from tests.factories.accounts import TeamFactory
from tests.factories.leads import LeadFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scope")]


def receive(**facts):
    return inbound.receive(**{"email": "Greta@Weber.example ", "source": LeadSource.ASSESSMENT, **facts})


def test_an_unknown_address_becomes_a_lead_with_its_origin(organization, team):
    received = receive(company="Weber GmbH", utm_source="news", referrer="")
    lead = received.lead
    assert received.is_new
    assert (lead.email, lead.company, lead.source, lead.source_type) == (
        "greta@weber.example", "Weber GmbH", LeadSource.ASSESSMENT, SourceType.INBOUND,
    )  # fmt: skip
    assert (lead.utm_source, lead.currency, lead.team, lead.assigned_to) == ("news", organization.currency, team, None)


def test_the_same_address_again_is_the_same_lead_and_fills_its_gaps_only(organization):
    known = LeadFactory(
        organization=organization, email="GRETA@weber.example", company="Weber GmbH", service_tier="",
        source=LeadSource.REFERRAL, utm_source="",
    )  # fmt: skip
    received = receive(company="Somebody else", service_tier=ServiceTier.L2_ADVANCED, utm_source="ads")
    assert (received.lead.pk, received.is_new) == (known.pk, False)
    known.refresh_from_db()
    assert (known.company, known.service_tier) == ("Weber GmbH", ServiceTier.L2_ADVANCED)
    assert (known.source, known.utm_source) == (LeadSource.REFERRAL, "")
    assert Lead.objects.count() == 1


def test_a_lead_in_the_trash_is_not_brought_back(organization):
    from django.utils import timezone

    LeadFactory(organization=organization, email="greta@weber.example", deleted_at=timezone.now())
    assert receive().is_new


def test_with_several_teams_the_named_one_finds_new_leads(organization, team, admin):
    south = TeamFactory(organization=organization, name="South")
    assert receive().lead.team is None
    settings.change(key="leads.inbound_team", value="south", actor=admin)
    assert receive(email="other@weber.example").lead.team == south
