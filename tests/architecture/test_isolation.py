"""Isolation as an intruder would test it: raw SQL under the role that web and worker use."""

import psycopg
import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from leadcrm.core import tenancy
from leads.models import Lead
from tests.factories.accounts import OrganizationFactory
from tests.factories.leads import LeadFactory

TABLES_WITH_ROWS = ["leads_lead", "leads_pipelinestage", "leads_pipeline", "accounts_businessprofile"]


@pytest.fixture
def two(db):
    """Two organisations with a lead each."""
    return [LeadFactory(organization=OrganizationFactory()) for _ in range(2)]


def fetch(sql, parameters=None):
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def enter(organization_id):
    fetch_nothing(f"SET LOCAL app.organization_id = '{organization_id}'")


def fetch_nothing(sql, parameters=None):
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def test_the_application_role_cannot_bypass_anything(db):
    [(superuser, bypass, create_role, owns)] = fetch(
        "SELECT rolsuper, rolbypassrls, rolcreaterole,"
        " (SELECT count(*) FROM pg_class WHERE relowner = r.oid AND relkind IN ('r', 'p', 'v', 'S'))"
        " FROM pg_roles r WHERE rolname = current_user"
    )
    assert (superuser, bypass, create_role, owns) == (False, False, False, 0)
    assert fetch("SELECT current_user") == [("leadcrm_app",)]


@pytest.mark.parametrize("table", TABLES_WITH_ROWS)
def test_raw_sql_without_a_scope_sees_nothing(two, table):
    assert fetch(f"SELECT count(*) FROM {table}") == [(0,)]  # noqa: S608 — a name of this file


@pytest.mark.parametrize("table", TABLES_WITH_ROWS)
def test_raw_sql_sees_only_the_organization_of_the_scope(two, table):
    enter(two[0].organization_id)
    assert {row[0] for row in fetch(f"SELECT DISTINCT organization_id FROM {table}")} == {  # noqa: S608
        two[0].organization_id
    }


def test_raw_sql_cannot_write_into_another_organization(two):
    enter(two[0].organization_id)
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        fetch_nothing(
            "INSERT INTO leads_tag (id, organization_id, name, colour, created_at)"
            " VALUES (gen_random_uuid(), %s, 'x', 'grey', now())",
            [two[1].organization_id],
        )
    with connection.cursor() as cursor:
        cursor.execute("UPDATE leads_lead SET company = 'stolen' WHERE id = %s", [two[1].pk])
        assert cursor.rowcount == 0
        cursor.execute("DELETE FROM leads_lead WHERE id = %s", [two[1].pk])
        assert cursor.rowcount == 0


def test_a_foreign_key_into_another_organization_is_refused(two):
    mine, theirs = two
    with (
        pytest.raises(Exception, match="org_fk"),
        transaction.atomic(),
        tenancy.organization_scope(mine.organization_id),
    ):
        Lead.objects.filter(pk=mine.pk).update(stage_id=theirs.stage_id)
        fetch_nothing("SET CONSTRAINTS ALL IMMEDIATE")


def test_the_search_function_finds_only_the_organization_of_the_scope(two):
    mine, theirs = two
    question = "SELECT id FROM leads_search(%s, 50, 'all', NULL, NULL)"
    assert fetch(question, ["weber"]) == []
    enter(mine.organization_id)
    assert fetch(question, ["weber"]) == [(mine.pk,)]
    enter(theirs.organization_id)
    assert fetch(question, ["weber"]) == [(theirs.pk,)]


def test_the_staff_role_is_not_inherited(two):
    assert fetch("SELECT pg_has_role('leadcrm_app', 'leadcrm_staff', 'USAGE')") == [(False,)]
    with tenancy.staff_scope():
        assert Lead.objects.count() == 2
    assert fetch("SELECT count(*), current_user::text FROM leads_lead") == [(0, "leadcrm_app")]


def test_a_partition_cannot_be_read_around_its_parent(two):
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        fetch("SELECT * FROM leads_journeyevent_default")


def test_a_scope_ends_with_its_transaction(two):
    with tenancy.organization_scope(two[0].organization_id):
        assert Lead.objects.count() == 1
    assert fetch("SELECT count(*) FROM leads_lead") == [(0,)]


@pytest.mark.django_db(transaction=True)
def test_a_new_connection_of_the_application_role_starts_without_a_scope():
    lead = LeadFactory(organization=OrganizationFactory())
    settings = connection.get_connection_params()
    with psycopg.connect(
        **{key: settings[key] for key in ("dbname", "user", "host", "port", "password") if settings.get(key)}
    ) as raw:
        assert raw.execute("SELECT count(*) FROM leads_lead").fetchone() == (0,)
        raw.execute(f"SET LOCAL app.organization_id = '{lead.organization_id}'")
        assert raw.execute("SELECT count(*) FROM leads_lead").fetchone() == (1,)
        raw.commit()
        assert raw.execute("SELECT count(*) FROM leads_lead").fetchone() == (0,)
