"""What a search finds, in which order, and for whom."""

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadcrm.core import tenancy
from leads.models import Lead
from tests.factories.accounts import TeamFactory
from tests.factories.leads import LeadFactory


def lead(organization, **facts):
    facts = {"first_name": "", "last_name": "", "company": "", "email": "", **facts}
    if not any(facts.values()):
        facts["phone"] = "+4900000"
    return LeadFactory(organization=organization, **facts)


def found(user, query, limit=500):
    """Return what a search finds, in order, by company or name."""
    ids = Lead.objects.all().ids_found_by(query, user=user, limit=limit)
    names = {row.pk: row.title for row in Lead.objects.filter(pk__in=ids)}
    assert {row.pk for row in Lead.objects.found_by(query, user=user, limit=limit)} == set(ids)
    return [names[pk] for pk in ids]


@pytest.mark.parametrize(
    "query",
    [
        "Quartz", "quartz", "QUARTZ", " quartz ", "quar", "quartz analytics", "Analytics Quartz", "analytics quar",
        "quartz   analytics", "artz", "lytic", "artz lytic", "Quartz Analytics GmbH", "Müller", "müll", "Jan-Ole",
        "ole", "jan müller", "o'brien", "brien", "jan@quartz.example", "jan@", "quartz.example", "X-77/12", "77 12",
        "Head of sales", "sales", "Pune", "+49 171 555 01", "+4917155501", "17155501", "0171 555", "71555",
        "R&D", "quartz, analytics", "(GmbH)", '"quartz"',
    ],
)  # fmt: skip
def test_a_lead_is_found_by_any_part_of_what_it_is_called(scope, organization, admin, query):
    lead(
        organization, first_name="Jan-Ole", last_name="Müller", company="Quartz Analytics GmbH (R&D O'Brien)",
        email="jan@quartz.example", phone="+4917155501", external_id="X-77/12", job_title="Head of sales", city="Pune",
    )  # fmt: skip
    lead(organization, company="Other")
    if query == "0171 555":
        assert found(admin, query) == []  # a national form is another number
    else:
        assert found(admin, query) == ["Quartz Analytics GmbH (R&D O'Brien)"]


@pytest.mark.parametrize("query", ["", "  ", "zzz", "@@", "%", "_", "\\", "quartz other", "%uartz", "z", "'"])
def test_what_nobody_is_called_finds_nothing(scope, organization, admin, query):
    lead(organization, company="Quartz")
    lead(organization, company="Other")
    assert found(admin, query) == []


def test_the_signs_of_patterns_stand_for_themselves(scope, organization, admin):
    lead(organization, company="100%pure")
    lead(organization, company="100 pure")
    assert found(admin, "0%pur") == ["100%pure"]


def test_the_best_match_comes_first_and_then_the_newest(scope, organization, admin):
    lead(organization, first_name="Kim", last_name="Berg", company="Zeta", city="Paris")
    lead(organization, company="Paris Motors")
    lead(organization, company="Paris")
    lead(organization, first_name="Noa", last_name="Paris")
    lead(organization, company="Hotel Paris")
    assert found(admin, "paris") == ["Paris", "Paris Motors", "Noa Paris", "Hotel Paris", "Zeta"]


def test_a_search_that_is_cut_off_keeps_the_best(scope, organization, admin):
    for number in range(30):
        lead(organization, company=f"Hotel {number}", city="Paris")
    lead(organization, company="Paris Motors")
    lead(organization, company="Paris")
    lead(organization, company="Other", email="paris")
    names = found(admin, "paris", limit=5)
    assert sorted(names[:2]) == ["Other", "Paris"]
    assert names[2] == "Paris Motors"
    assert len(names) == 5


def test_leads_in_the_trash_are_not_found(scope, organization, admin):
    lead(organization, company="Quartz", deleted_at=timezone.now())
    assert found(admin, "quartz") == found(admin, "uart") == []


def test_changed_words_are_found_and_old_ones_are_not(scope, organization, admin):
    changed = lead(organization, company="Quartz")
    Lead.objects.filter(pk=changed.pk).update(company="Basalt")
    assert found(admin, "quartz") == found(admin, "uart") == []
    assert found(admin, "basalt") == found(admin, "asal") == ["Basalt"]


@pytest.mark.parametrize("query", ["quartz", "uart", "quartz inc"])
def test_a_search_reaches_no_further_than_the_person(scope, organization, admin, manager, rep, team, query):
    elsewhere = TeamFactory(organization=organization)
    lead(organization, company="Quartz Inc own", assigned_to=rep, team=elsewhere)
    lead(organization, company="Quartz Inc pool", team=team)
    lead(organization, company="Quartz Inc team", team=team, assigned_to=manager)
    lead(organization, company="Quartz Inc far", team=elsewhere)
    lead(organization, company="Quartz Inc lone")
    assert {name.split()[-1] for name in found(admin, query)} == {"own", "pool", "team", "far", "lone"}
    assert {name.split()[-1] for name in found(manager, query)} == {"pool", "team"}
    assert {name.split()[-1] for name in found(rep, query)} == {"own", "pool"}


def test_a_person_without_a_team_finds_only_the_own_leads(scope, organization, rep, team):
    rep.team = None
    rep.save()
    lead(organization, company="Quartz own", assigned_to=rep)
    lead(organization, company="Quartz pool", team=team)
    lead(organization, company="Quartz lone")
    assert found(rep, "quartz") == ["Quartz own"]


def test_reach_follows_an_assignment(scope, organization, rep, team):
    other = TeamFactory(organization=organization)
    moved = lead(organization, company="Quartz", team=other)
    assert found(rep, "quartz") == []
    Lead.objects.filter(pk=moved.pk).update(assigned_to=rep)
    assert found(rep, "quartz") == ["Quartz"]


@pytest.mark.parametrize("query", ["quartz", "uart", "quartz inc"])
def test_no_search_finds_a_lead_of_another_organisation(organization, other_organization, admin, outsider, query):
    lead(organization, company="Quartz Inc")
    with tenancy.organization_scope(other_organization.pk):
        assert found(outsider, query) == []
        # Not even for somebody who asks for everything, or for a person of the other organisation.
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM leads_search(%s, 500, 'all', %s, NULL)", [query, admin.pk])
            assert cursor.fetchone() == (0,)


def test_without_an_organisation_there_is_nothing_to_find(organization, admin):
    lead(organization, company="Quartz")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM leads_search('quartz', 500, 'all', %s, NULL)", [admin.pk])
        assert cursor.fetchone() == (0,)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    query=st.text(max_size=80).filter(lambda text: "\x00" not in text)
    | st.text(alphabet="'\\&|!():*<->%_ \"az", max_size=40)
)
def test_no_text_makes_a_search_fail(scope, organization, admin, rep, query):
    for person in (admin, rep):
        Lead.objects.all().ids_found_by(query, user=person, limit=5)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    company=st.text(
        alphabet=st.characters(min_codepoint=32, max_codepoint=0x24F, exclude_categories=["Cc", "Cf", "Zl", "Zs"]),
        min_size=3, max_size=40,
    )
)  # fmt: skip
def test_a_company_is_found_by_its_whole_name(scope, organization, admin, company):
    made = lead(organization, company=company)
    try:
        query = made.company
        words = [word for word in query.lower() if word.isalnum()]
        hits = Lead.objects.all().ids_found_by(query, user=admin, limit=500)
        assert made.pk in hits or not words
    finally:
        Lead.objects.filter(pk=made.pk).delete()
