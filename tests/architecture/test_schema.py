# ruff: noqa: S608 — the queries are put together from the constants of this file
"""The schema keeps customers apart: every tenant table has its policies, keys and grants.

Each rule is a query that lists offenders; a seeded offender proves that the query finds one.
"""

import psycopg
import pytest
from django.conf import settings
from django.db import connection

pytestmark = pytest.mark.django_db

# Tables with an organisation that stand outside row level security, because sign-in must find their rows.
OUTSIDE = {"accounts_user"}
# Unique constraints that are global on purpose: a token's hash is looked up before its organisation is known.
GLOBAL_UNIQUE = {
    "accounts_invitation_token_hash_key",
    "assessments_assessment_resume_token_hash_key",
    "assessments_assessment_share_token_hash_key",
    "assessments_calculation_token_hash_key",
    "assessments_captureform_token_hash_key",
    "assessments_proposal_token_hash_key",
    "assessments_submission_token_hash_key",
}

TENANT_TABLES = """
    SELECT c.oid, c.relname, c.relrowsecurity, c.relforcerowsecurity, c.relkind FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'organization_id' AND NOT a.attisdropped
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
"""
UNPROTECTED = f"""
    SELECT relname FROM ({TENANT_TABLES}) t
    WHERE NOT (relrowsecurity AND relforcerowsecurity
               AND EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = t.oid AND p.polname = 'tenant')
               AND EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = t.oid AND p.polname = 'staff'))
"""
# Policies of one table are alternatives: a single one that lets more through opens it, whatever the others say.
OPEN_POLICIES = """
    SELECT tablename || '.' || policyname FROM pg_policies WHERE schemaname = 'public' AND NOT (
        permissive = 'RESTRICTIVE'
        OR (roles = '{public}' AND cmd = 'ALL' AND qual = '(organization_id = current_organization())'
            AND with_check = '(organization_id = current_organization())')
        OR (policyname = 'staff' AND roles = '{leadcrm_staff}')
        OR (cmd = 'SELECT' AND roles = '{leadcrm_search}'))
"""
KEYS_WITHOUT_ORGANIZATION = f"""
    SELECT k.conname FROM pg_constraint k JOIN ({TENANT_TABLES}) t ON t.oid = k.conrelid
    WHERE k.contype IN ('p', 'u') AND NOT EXISTS (
        SELECT 1 FROM pg_attribute a WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)
        AND a.attname = 'organization_id') AND t.relname <> ALL (%s)
"""
UNIQUE_INDEXES_WITHOUT_ORGANIZATION = f"""
    SELECT i.indexrelid::regclass::text FROM pg_index i JOIN ({TENANT_TABLES}) t ON t.oid = i.indrelid
    WHERE i.indisunique AND pg_get_indexdef(i.indexrelid) NOT LIKE '%%organization_id%%' AND t.relname <> ALL (%s)
"""
SIMPLE_FOREIGN_KEYS = f"""
    SELECT k.conname FROM pg_constraint k JOIN ({TENANT_TABLES}) target ON target.oid = k.confrelid
    WHERE k.contype = 'f' AND target.relname <> ALL (%s) AND k.conparentid = 0 AND array_length(k.conkey, 1) < 2
"""
GRANTED_PARTITIONS = """
    SELECT c.relname FROM pg_class c WHERE c.relispartition AND (
        has_table_privilege('leadcrm_app', c.oid, 'SELECT') OR has_table_privilege('leadcrm_staff', c.oid, 'SELECT'))
"""


def rows(sql, parameters=None):
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return {row[0] for row in cursor.fetchall()}


@pytest.fixture
def as_owner(django_db_setup):
    """A connection of the owner whose transaction is rolled back."""
    with psycopg.connect(settings.OWNER_DATABASE_URL) as owner:
        yield owner
        owner.rollback()


def offenders(owner, sql, parameters=None):
    return {row[0] for row in owner.execute(sql, parameters).fetchall()}


def test_every_tenant_table_is_behind_row_level_security():
    assert rows(UNPROTECTED) == OUTSIDE


def test_the_rule_finds_an_unprotected_table(as_owner):
    as_owner.execute("CREATE TABLE seeded (id uuid PRIMARY KEY, organization_id uuid)")
    assert "seeded" in offenders(as_owner, UNPROTECTED)


def test_no_policy_lets_the_application_see_more_than_one_organization():
    assert rows(OPEN_POLICIES) == set()
    assert rows("SELECT count(*) FROM pg_policies WHERE policyname = 'tenant'") == {
        len(rows(f"SELECT relname FROM ({TENANT_TABLES}) t")) - len(OUTSIDE)
    }


@pytest.mark.parametrize(
    "policy",
    [
        "USING (true)", "TO leadcrm_app USING (organization_id IS NOT NULL)",
        "FOR SELECT USING (organization_id = current_organization() OR current_actor() IS NULL)",
        "TO leadcrm_search USING (true)",
    ],
)  # fmt: skip
def test_the_rule_finds_a_policy_that_lets_more_through(as_owner, policy):
    as_owner.execute(f"CREATE POLICY seeded ON leads_lead {policy}")
    assert offenders(as_owner, OPEN_POLICIES) == {"leads_lead.seeded"}


def test_every_key_of_a_tenant_table_carries_the_organization():
    outside = list(OUTSIDE)
    assert rows(KEYS_WITHOUT_ORGANIZATION, [outside]) - GLOBAL_UNIQUE == set()
    assert rows(UNIQUE_INDEXES_WITHOUT_ORGANIZATION, [outside]) - GLOBAL_UNIQUE == set()


def test_the_rule_finds_a_key_without_the_organization(as_owner):
    as_owner.execute("CREATE TABLE seeded (id uuid PRIMARY KEY, organization_id uuid)")
    assert "seeded_pkey" in offenders(as_owner, KEYS_WITHOUT_ORGANIZATION, [list(OUTSIDE)])


def test_every_foreign_key_to_a_tenant_table_includes_the_organization():
    assert rows(SIMPLE_FOREIGN_KEYS, [list(OUTSIDE)]) == set()


def test_the_rule_finds_a_simple_foreign_key(as_owner):
    as_owner.execute("CREATE TABLE seeded (id uuid PRIMARY KEY, organization_id uuid)")
    as_owner.execute("CREATE TABLE child (id uuid PRIMARY KEY, seeded_id uuid CONSTRAINT simple REFERENCES seeded)")
    assert "simple" in offenders(as_owner, SIMPLE_FOREIGN_KEYS, [list(OUTSIDE)])


def test_every_tenant_foreign_key_of_the_models_has_its_composite_constraint():
    from django.apps import apps

    from leadcrm.core.models import TenantForeignKey
    from leadcrm.core.tables import constraint_name

    expected = {
        constraint_name(model._meta.db_table, field.column)
        for model in apps.get_models()
        for field in model._meta.local_fields
        if isinstance(field, TenantForeignKey)
    }
    present = rows("SELECT conname FROM pg_constraint WHERE contype = 'f' AND array_length(conkey, 1) = 2")
    assert expected - present == set()


def test_nothing_is_granted_on_partitions():
    assert rows(GRANTED_PARTITIONS) == set()


def test_the_rule_finds_a_granted_partition(as_owner):
    as_owner.execute("GRANT SELECT ON audit_activitylog_default TO leadcrm_app")
    assert "audit_activitylog_default" in offenders(as_owner, GRANTED_PARTITIONS)


def test_tables_that_only_grow_cannot_be_rewritten_by_the_application():
    changeable = rows(
        "SELECT c.relname FROM pg_class c, unnest('{leadcrm_app,leadcrm_staff}'::text[]) role,"
        " unnest('{UPDATE,DELETE,TRUNCATE}'::text[]) verb"
        # An import that is undone takes the timelines of its leads along.
        " WHERE c.relname = ANY (%s) AND has_table_privilege(role, c.oid, verb)"
        " AND NOT (verb = 'DELETE' AND c.relname = 'leads_journeyevent')",
        [
            [
                "audit_activitylog",
                "audit_fieldchange",
                "audit_domainevent",
                "leads_journeyevent",
                "audit_ratetable",
                "analytics_analyticsevent",
            ]
        ],
    )
    assert changeable == set()
