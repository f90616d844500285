"""Leads of one company share what is true of it."""

from leads.models import Lead
from leads.services import capture
from tests.factories.leads import LeadFactory

ACCOUNTS = "account,sector,employees,office_location\nCancity,software,2822,United States\nIsdom,,100,\n"
DEALS = "opportunity_id,account,deal_stage\nO-1,CANCITY,Won\nO-2,Isdom,Won\nO-3,Nowhere,Won\n"


def facts(lead):
    return lead.industry, lead.company_size, lead.country


def test_deals_take_the_facts_of_their_account(imports):
    imports.run(ACCOUNTS, name="accounts.csv")
    imports.run(DEALS, name="deals.csv")

    with imports.scope():
        deals = {lead.external_id: lead for lead in Lead.objects.exclude(external_id="")}
        assert facts(deals["O-1"]) == ("software", "1000+", "United States")
        assert facts(deals["O-2"]) == ("", "51-200", "")
        assert facts(deals["O-3"]) == ("", "", "")


def test_the_score_counts_what_was_completed(imports):
    imports.run(ACCOUNTS, name="accounts.csv")
    imports.run("E-mail,Company\na@one.example,Cancity\n", qualify=False)

    with imports.scope():
        lead = Lead.objects.get(email="a@one.example")
        by_hand = capture.create_lead(
            actor=imports.actor, email="b@two.example", company="Cancity", industry="software", company_size="1000+"
        )
        assert lead.score == by_hand.score


def test_what_the_row_says_itself_is_not_replaced(imports):
    imports.run(ACCOUNTS, name="accounts.csv")
    imports.run("E-mail,Company,Industry,City\na@one.example,Cancity,Retail,Bonn\n")

    with imports.scope():
        lead = Lead.objects.get(email="a@one.example")
        assert (lead.industry, lead.city, lead.country) == ("Retail", "Bonn", ""), "half an address is none"


def test_it_can_be_left_out(imports):
    imports.run(ACCOUNTS, name="accounts.csv")
    imports.run(DEALS, name="deals.csv", complete_companies=False)

    with imports.scope():
        assert facts(Lead.objects.get(external_id="O-1")) == ("", "", "")


def test_facts_of_leads_that_the_person_does_not_see_are_none_of_theirs(driver_of, imports, manager):
    LeadFactory(organization=imports.organization, company="Cancity", industry="software")
    theirs = driver_of(manager)
    theirs.run("E-mail,Company\na@one.example,Cancity\n")

    with imports.scope():
        assert Lead.objects.get(email="a@one.example").industry == ""
