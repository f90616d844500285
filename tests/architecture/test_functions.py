# ruff: noqa: S608 — the queries are put together from the constants of this file
"""Functions that run with another role's rights cannot be made to run somebody else's code."""

import psycopg
import pytest
from django.conf import settings
from django.db import connection, transaction
from django.db.utils import DatabaseError

pytestmark = pytest.mark.django_db

# What comes with an extension is PostgreSQL's own.
OURS = """
    SELECT p.oid, p.oid::regprocedure::text AS name, p.proconfig
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace AND n.nspname = 'public'
    WHERE p.prosecdef AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
"""
# Unless it stands last, everybody's temporary schema is searched first, for tables and types alike.
OPEN_PATH = f"""
    SELECT name FROM ({OURS}) f
    WHERE NOT 'search_path=pg_catalog, public, pg_temp' = ANY (coalesce(proconfig, ARRAY['']))
"""
CALLABLE_BY_ALL = f"SELECT name FROM ({OURS}) f WHERE has_function_privilege('public', f.oid, 'EXECUTE')"

CALLS = [
    "SELECT * FROM leads_search('weber', 5, 'all', NULL, NULL)",
    "SELECT * FROM leads_by_custom_field('{\"a\": 1}', 5)",
    "SELECT * FROM accounts_find_invitation('0')",
    "SELECT * FROM assessments_find_assessment('0')",
    "SELECT * FROM assessments_find_shared('0')",
    "SELECT analytics_forget_events('2020-01-01')",
    "SELECT prepare_month_partitions('leads_journeyevent', 0, 0)",
    "SELECT refresh_statistics('leads_lead')",
]
SPY = """
    CREATE TEMP TABLE caught (who name);
    GRANT INSERT ON caught TO PUBLIC;
    CREATE FUNCTION pg_temp.spy() RETURNS boolean LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO pg_temp.caught VALUES (current_user); RETURN true; END $$;
    CREATE DOMAIN pg_temp.text AS pg_catalog.text CHECK (pg_temp.spy());
    CREATE DOMAIN pg_temp.uuid AS pg_catalog.uuid CHECK (pg_temp.spy());
    CREATE DOMAIN pg_temp.date AS pg_catalog.date CHECK (pg_temp.spy());
    CREATE DOMAIN pg_temp.int8 AS pg_catalog.int8 CHECK (pg_temp.spy());
    CREATE DOMAIN pg_temp.timestamptz AS pg_catalog.timestamptz CHECK (pg_temp.spy());
    CREATE DOMAIN pg_temp.oid AS pg_catalog.oid CHECK (pg_temp.spy());
"""


def names(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return {row[0] for row in cursor.fetchall()}


@pytest.fixture
def as_owner(django_db_setup):
    with psycopg.connect(settings.OWNER_DATABASE_URL) as owner:
        yield owner
        owner.rollback()


def test_every_function_with_borrowed_rights_searches_temporary_things_last():
    assert names(f"SELECT name FROM ({OURS}) f"), "the query finds our functions"
    assert names(OPEN_PATH) == set()


def test_the_rule_finds_a_function_with_an_open_path(as_owner):
    as_owner.execute(
        "CREATE FUNCTION seeded() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public"
        " AS 'SELECT 1'"
    )
    assert {row[0] for row in as_owner.execute(OPEN_PATH).fetchall()} == {"seeded()"}


def test_functions_with_borrowed_rights_are_not_for_everybody():
    assert names(CALLABLE_BY_ALL) == set()


@pytest.mark.parametrize("call", CALLS)
def test_the_application_role_cannot_slip_its_own_code_into_them(db, call):
    """Types of the temporary schema with a check that tells who runs it: nobody but the role itself may."""
    parameters = connection.get_connection_params()
    known = {key: parameters[key] for key in ("dbname", "user", "host", "port", "password") if parameters.get(key)}
    # A connection of its own, on which the functions are compiled for the first time.
    with psycopg.connect(**known) as intruder:
        intruder.execute(SPY)
        intruder.execute("SET LOCAL app.organization_id = '00000000-0000-7000-8000-000000000000'")
        intruder.execute(call)
        caught = {row[0] for row in intruder.execute("SELECT who FROM pg_temp.caught").fetchall()}
        intruder.rollback()
    assert caught <= {"leadcrm_app"}


def test_the_search_role_gives_the_application_no_table(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_has_role('leadcrm_app', 'leadcrm_search', 'MEMBER')")
        assert cursor.fetchone() == (False,)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE leadcrm_search")
