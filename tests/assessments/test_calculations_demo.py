"""The demo organisation has calculations and a proposal to look at."""

import pytest
from django.core.management import call_command

from assessments.models import Calculation, Proposal
from leadcrm.accounts.models import Organization
from leadcrm.core import tenancy

pytestmark = pytest.mark.django_db


def test_the_demo_has_versions_to_compare_and_a_proposal(capsys):
    call_command("load_demo")
    with tenancy.organization_scope(Organization.objects.get(slug="demo").pk):
        assert sorted(Calculation.objects.values_list("label", flat=True)) == [
            "All three sites", "One site", "Platform for planning",
        ]  # fmt: skip
        offer = Proposal.objects.select_related("lead").get()
        assert (offer.state, offer.lead.status) == ("open", "proposal")
