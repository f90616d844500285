"""The hot statements of the list use an index, under the application role with its policies in force.

The statements are those that the pages really send; each is sent again with EXPLAIN.
"""

import html
import os
import re
from contextlib import contextmanager
from types import SimpleNamespace

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.test import TransactionTestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from benchmarks.dataset import make_leads, make_people
from leadcrm.accounts.models import Team, User
from leadcrm.core import tenancy
from leadcrm.local.database import at
from leadcrm.local.suite_database import ADMIN
from leads.models import Lead, LeadTag, Tag
from tests.factories.accounts import OrganizationFactory, UserFactory

ROWS = 20_000
# Address, and the indexes of which one must serve the statement that reads the page.
PAGES = {
    "": ["leads_lead_created"],
    "?sort=created": ["leads_lead_created"],
    "?sort=-updated": ["leads_lead_updated"],
    "?sort=updated": ["leads_lead_updated"],
    "?sort=-score": ["leads_lead_score"],
    "?sort=company": ["leads_lead_company"],
    "?sort=-company": ["leads_lead_company"],
    "?sort=next_step": ["leads_lead_follow_up"],
    "?sort=-value": ["leads_lead_value"],
    "?status=new&source=referral&sort=-created": ["leads_lead_status", "leads_lead_source"],
    "?status=new": ["leads_lead_status", "leads_lead_created"],
    "?source=event": ["leads_lead_source", "leads_lead_created"],
    "?owner=me": ["leads_lead_owner", "leads_lead_owner_board"],
    "?country=Iceland": ["leads_lead_country"],
    "?city=Nowhere": ["leads_lead_city"],
    "?industry=mining": ["leads_lead_industry"],
    "?verification=fully_verified": ["leads_lead_verified"],
    "?engagement=very_high": ["leads_lead_engaged"],
    "?outreach=interested": ["leads_lead_outreach"],
    "?close=this_month": ["leads_lead_close"],
    "?next_step=overdue": ["leads_lead_follow_up", "leads_lead_idle", "leads_lead_created"],
    "?next_step=none": ["leads_lead_unplanned", "leads_lead_idle", "leads_lead_created"],
    "?tag={tag}": ["leads_leadtag_tag"],
    "?score_min=100": ["leads_lead_score", "leads_lead_created"],
    "?created=last_7_days": ["leads_lead_created"],
    "?after={after}": ["leads_lead_created"],
    "?before={after}": ["leads_lead_created"],
}


@pytest.fixture(scope="module")
def many(django_db_setup, django_db_blocker):
    """Return an organisation with 20,000 leads, analysed as autovacuum would have done by now.

    The rows are committed, because statistics are; they are removed as transactional tests remove theirs.
    """
    with django_db_blocker.unblock():
        # A new session: the old one has planned the checks of its foreign keys when the tables were empty.
        connection.close()
        organization = OrganizationFactory(name="Large", slug="large")
        make_people(organization)
        make_leads(organization, ROWS)
        with tenancy.organization_scope(organization.pk):
            rare, usual = Tag.objects.create(name="Rare"), Tag.objects.create(name="Usual")
            leads = list(Lead.objects.values_list("pk", flat=True)[:4_000])
            Lead.objects.filter(pk__in=leads[:50]).update(custom_fields={"region": "North"})
            LeadTag.objects.bulk_create(
                LeadTag(lead_id=pk, tag=rare if number < 20 else usual) for number, pk in enumerate(leads)
            )
            # One team has nearly all leads; a manager of another one sees few among many.
            small = Team.objects.create(name="Small")
            few = Lead.objects.order_by("-pk").values_list("pk", flat=True)[:400]
            Lead.objects.filter(pk__in=list(few)).update(team=small, assigned_to=None)
        leader = UserFactory(manager=True, organization=organization, team=small)
        with psycopg.connect(settings.OWNER_DATABASE_URL, autocommit=True) as owner:
            owner.execute("ANALYZE")
        people = User.objects.filter(organization=organization)
        admin, manager = people.get(role="admin"), people.exclude(pk=leader.pk).get(role="manager")
        rep = people.filter(role="sales_rep").order_by("email").first()
    try:
        yield SimpleNamespace(organization=organization, tag=rare, admin=admin, manager=manager, leader=leader, rep=rep)
    finally:
        with django_db_blocker.unblock():
            TransactionTestCase._fixture_teardown(None)


def reads_of_leads(queries):
    """Return the statements that read a page of leads, not one lead or a count."""
    return [one["sql"] for one in queries if 'FROM "leads_lead"' in one["sql"] and "ORDER BY" in one["sql"]]


def plan_of(statement, organization):
    with tenancy.organization_scope(organization.pk), connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + statement.replace("%", "%%"), [])
        return "\n".join(line for (line,) in cursor.fetchall())


def statements_of(client, url):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return reads_of_leads(queries)


def test_every_hot_page_reads_through_an_index(db, many, client_of):
    client = client_of(many.admin)
    after = re.search(r"after=([\w-]+)", client.get("/leads/").content.decode()).group(1)
    wrong = {}
    for template, indexes in PAGES.items():
        address = template.replace("{tag}", str(many.tag.pk)).replace("{after}", after)
        plan = plan_of(statements_of(client, f"/leads/{address}")[0], many.organization)
        if "Seq Scan on leads_lead" in plan or not any(f" {name} " in plan for name in indexes):
            wrong[template] = plan
    assert wrong == {}


@pytest.mark.parametrize("persona", ["manager", "leader", "rep"])
def test_a_narrow_reach_reads_through_an_index_too(db, many, client_of, persona):
    client = client_of(getattr(many, persona))
    for address in ("", "?sort=-score", "?status=new&source=referral", "?sort=next_step"):
        for statement in statements_of(client, f"/leads/{address}"):
            assert "Seq Scan on leads_lead" not in plan_of(statement, many.organization)


def test_suggestions_jump_through_their_index(db, many, client_of):
    with CaptureQueriesContext(connection) as queries:
        assert client_of(many.admin).get("/leads/filters/").status_code == 200
    statement = next(one["sql"] for one in queries if "RECURSIVE" in one["sql"])
    plan = plan_of(statement, many.organization)
    assert "Seq Scan on leads_lead" not in plan
    for column in ("country", "city", "industry"):
        assert f"leads_lead_{column}" in plan


@contextmanager
def plans_inside_functions(organization):
    """Give a connection of the administrator and the list into which it reports the plans that functions use."""
    plans: list[str] = []
    with psycopg.connect(at(os.environ[ADMIN], connection.settings_dict["NAME"]), autocommit=True) as administrator:
        administrator.execute("LOAD 'auto_explain'")
        administrator.execute("SET auto_explain.log_min_duration = 0")
        administrator.execute("SET auto_explain.log_nested_statements = on")
        administrator.execute("SET client_min_messages = log")
        administrator.execute("SELECT set_config('app.organization_id', %s, false)", [str(organization.pk)])
        administrator.add_notice_handler(lambda notice: plans.append(notice.message_primary or ""))
        yield administrator, plans


QUERIES = {
    "quartz": "leads_lead_search_words",
    "zephyrine": "leads_lead_search_words",
    "quartz analytics inc": "leads_lead_search_words",
    "ephyrin": "leads_lead_search_text",
}


@pytest.mark.parametrize("reach", ["all", "team", "own"])
def test_a_search_reads_through_its_indexes(db, many, reach):
    arguments = [reach, many.rep.pk, many.rep.team_id]
    with plans_inside_functions(many.organization) as (administrator, plans):
        for query, index in QUERIES.items():
            plans.clear()
            administrator.execute("SELECT id FROM leads_search(%s, 50, %s, %s, %s)", [query, *arguments])
            assert any(index in plan for plan in plans), (query, plans)
            assert not any("Seq Scan on leads_lead" in plan for plan in plans), (query, plans)


def test_an_own_field_is_looked_up_in_its_index(db, many):
    with plans_inside_functions(many.organization) as (administrator, plans):
        wanted = '{"region": "North"}'
        rows = administrator.execute("SELECT id FROM leads_by_custom_field(%s, 1000)", [wanted]).fetchall()
    assert len(rows) == 50
    assert any("leads_lead_custom" in plan for plan in plans), plans


# --- the board ----------------------------------------------------------------------------------------

# What each reach must read: the indexes of its columns, and those of the figures above them.
REACHES = {
    "admin": {"leads_lead_board", "leads_lead_closed", "leads_lead_unplanned", "leads_lead_follow_up"},
    "leader": {"leads_lead_team_board", "leads_lead_owner_board"},
    "rep": {"leads_lead_owner_board", "leads_lead_pool_board", "leads_lead_owner_closed"},
}


def plans_of_board(client, url, organization, **headers):
    """Return the plans of all statements of a page that read leads."""
    with CaptureQueriesContext(connection) as queries:
        response = client.get(url, **headers)
    assert response.status_code == 200
    statements = [
        one["sql"] for one in queries if 'FROM "leads_lead"' in one["sql"] and not one["sql"].startswith("EXPLAIN")
    ]
    return response, [plan_of(statement, organization) for statement in statements]


@pytest.mark.parametrize("persona", REACHES)
def test_the_board_reads_through_the_indexes_of_ones_reach(db, many, client_of, persona):
    client = client_of(getattr(many, persona))
    _, plans = plans_of_board(client, "/board/", many.organization)
    together = "\n".join(plans)
    assert "Seq Scan on leads_lead" not in together, together
    missing = {name for name in REACHES[persona] if f" {name} " not in together}
    assert missing == set(), together


@pytest.mark.parametrize("persona", REACHES)
def test_the_next_cards_of_a_column_are_a_range_of_an_index(db, many, client_of, persona):
    client = client_of(getattr(many, persona))
    response = client.get("/board/")
    more = [html.unescape(url) for url in re.findall(r'hx-get="(/board/[^"]+after=[^"]+)"', response.content.decode())]
    assert more
    _, plans = plans_of_board(client, more[0], many.organization, HTTP_HX_REQUEST="true")
    columns = {name for name in REACHES[persona] if name.endswith("board")}
    for plan in plans:
        assert any(f" {name} " in plan for name in columns), plan
        # The place in the column bounds the range, instead of being looked at row by row.
        assert re.search(r"Index Cond: .*board_position >= ", plan), plan


def test_a_search_on_the_board_reads_only_what_it_found(db, many, client_of):
    _, plans = plans_of_board(client_of(many.admin), "/board/?q=zephyrine", many.organization)
    assert plans
    assert not any("Seq Scan on leads_lead" in plan for plan in plans), plans


def test_one_card_is_read_by_its_key(db, many, client_of):
    client = client_of(many.rep)
    pk = re.search(r'<li class="card" data-id="([^"]+)"', client.get("/board/").content.decode()).group(1)
    _, plans = plans_of_board(client, f"/leads/{pk}/card/", many.organization, HTTP_HX_REQUEST="true")
    assert plans
    for plan in plans:
        assert re.search(r"Index Scan using leads_lead_(pkey|id) ", plan), plan


@pytest.mark.parametrize("persona", ["admin", "rep"])
def test_the_page_of_a_lead_reads_leads_by_key_mail_and_phone(db, many, client_of, persona):
    person = getattr(many, persona)
    with tenancy.organization_scope(many.organization.pk):
        pk = Lead.objects.visible_to(person).values_list("pk", flat=True)[0]
    with CaptureQueriesContext(connection) as queries:
        assert client_of(person).get(reverse("leads:lead_detail", args=[pk])).status_code == 200
    (statement,) = [one["sql"] for one in queries if "has_twin" in one["sql"]]
    plan = plan_of(statement, many.organization)
    assert "Seq Scan on leads_lead" not in plan, plan
    for index in ("leads_lead_pkey", "leads_lead_email", "leads_lead_phone"):
        assert index in plan
