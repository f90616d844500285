"""Statuses, sources, tiers and countries under the names that others use."""

import pytest

from leads.choices import (
    BookingPotential,
    EngagementLevel,
    LeadSource,
    LeadStatus,
    OutreachStatus,
    ServiceTier,
    VerificationStatus,
)
from leads.importing.values import (
    find_country,
    parse_choice,
    parse_service_tier,
    read_outreach_status,
    read_source,
    read_status,
)
from leads.importing.values.countries import BY_CODE
from leads.importing.values.statuses import STATUS_OF_OUTREACH
from tests.leads.importing.samples import refusal


@pytest.mark.parametrize(
    ("word", "status", "outreach"),
    [
        # The table of statuses: one system, then the other.
        ("NEW", "new", None), ("CONTACTED", "contacted", None), ("QUALIFIED", "qualified", None),
        ("UNQUALIFIED", "unqualified", None), ("CONVERTED", "closed_won", None), ("LOST", "closed_lost", None),
        ("follow_up_1", "contacted", "follow_up_1"), ("follow_up_2", "contacted", "follow_up_2"),
        ("responded", "contacted", "responded"), ("interested", "qualified", "interested"),
        ("not_interested", "closed_lost", "not_interested"), ("invalid", "unqualified", "invalid"),
        # Everybody's words.
        ("Won", "closed_won", None), ("Closed Won", "closed_won", None), ("open", "new", None), ("Engaging",
        "contacted", None),
        ("Prospecting", "new", None), ("customer", "closed_won", None), ("dead", "closed_lost", None),
        ("Working - Contacted", "contacted", None), ("nurture", "nurturing", None), ("Closed - Not Converted",
        "closed_lost", None),
        ("Proposal/Price Quote", "proposal", None), ("appointmentscheduled", "contacted", None), ("Junk Lead",
        "unqualified", None),
    ],
)  # fmt: skip
def test_status_words(word, status, outreach):
    found = read_status(word)
    assert found is not None
    assert (found.status, found.outreach_status) == (status, outreach)


@pytest.mark.parametrize("outreach", OutreachStatus.values)
def test_outreach_words_carry_their_status(outreach):
    found = read_outreach_status(outreach)
    assert found is not None
    assert (found.outreach_status, found.status) == (outreach, STATUS_OF_OUTREACH[outreach])


def test_all_words_lead_to_values_that_the_database_accepts():
    from leads.importing.values import statuses

    assert {read_status(status).status for status in LeadStatus.values} == set(LeadStatus.values)
    assert set(statuses._STATUS_OF.values()) == set(LeadStatus.values)
    assert set(statuses._OUTREACH_OF.values()) == set(OutreachStatus.values)
    assert set(STATUS_OF_OUTREACH) == set(OutreachStatus.values)
    assert set(STATUS_OF_OUTREACH.values()) <= set(LeadStatus.values)


def test_an_unknown_status_is_unknown():
    assert read_status("Purple") is None
    assert read_outreach_status("Purple") is None


@pytest.mark.parametrize(
    ("word", "source", "says_more"),
    [("website", "website", False), ("Google Places", "google_places", False), ("LinkedIn", "linkedin", False),
     ("Direct Traffic", "direct", True), ("Referral Sites", "referral", True), ("Facebook", "social", True),
     ("Olark Chat", "website", True), ("trade show", "event", True), ("Carrier pigeon", "other", True)],
)  # fmt: skip
def test_source_words(word, source, says_more):
    assert read_source(word) == (source, says_more)


def test_every_source_is_one_of_ours():
    from leads.importing.values import sources

    assert set(sources._SOURCE_OF.values()) == set(LeadSource.values)


@pytest.mark.parametrize("cell", ["L3", "l3", "Tier 3", "3", "Consulting", "L3 Consulting", "L3_CONSULTING", "Level-3"])
def test_tiers_in_many_forms(cell):
    assert parse_service_tier(cell) == ServiceTier.L3_CONSULTING


def test_choices_in_many_forms():
    assert refusal(parse_service_tier, "L6") == "bad_choice"
    assert refusal(parse_service_tier, "Gold") == "bad_choice"
    assert parse_choice("Very High", "engagement_level") == "very_high"
    assert parse_choice("valid", "verification_status") == "email_verified"
    assert parse_choice("hoch", "booking_potential") == "high"
    assert refusal(parse_choice, "purple", "booking_potential") == "bad_choice"
    for column, choices in (
        ("engagement_level", EngagementLevel),
        ("verification_status", VerificationStatus),
        ("booking_potential", BookingPotential),
    ):
        assert [parse_choice(choice, column) for choice in choices.values] == choices.values


@pytest.mark.parametrize(
    ("cell", "code"),
    [("US", "US"), ("usa", "US"), ("U.S.A.", "US"), ("United States of America", "US"), ("Deutschland", "DE"), ("DEU",
     "DE"),
     ("UK", "GB"), ("England", "GB"), ("Korea", "KR"), ("Philipines", "PH"), ("in", "IN"), ("Bharat", "IN"), ("भारत",
     "IN"),
     ("Türkiye", "TR"), ("The Netherlands", "NL"), ("Côte d’Ivoire", "CI"), ("Germany (DE)", "DE"), ("日本", "JP"),
     ("UAE", "AE")],
)  # fmt: skip
def test_countries_under_many_names(cell, code):
    found = find_country(cell)
    assert found is not None
    assert found == BY_CODE[code]


@pytest.mark.parametrize("cell", ["Atlantis", "Asia/Pacific Region", "Other", "XX", "Nigeriaa"])
def test_what_is_no_country_is_none(cell):
    assert find_country(cell) is None
