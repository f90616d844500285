"""The migration operation that lets a secret be looked up before its organisation is known."""

import psycopg
import pytest
from django.conf import settings
from django.db import connection, migrations, models
from django.db.migrations.state import ProjectState

from leadcrm.core.tables import TokenLookup

pytestmark = pytest.mark.django_db

CREATE = migrations.CreateModel(
    "Seeded",
    [
        ("id", models.UUIDField(primary_key=True)),
        ("organization_id", models.UUIDField()),
        ("token_hash", models.CharField(max_length=64, unique=True)),
        ("secret", models.TextField()),
    ],
)
LOOKUP = TokenLookup("Seeded", "core_find_seeded")
ROW = "00000000-0000-7000-8000-000000000001", "00000000-0000-7000-8000-000000000002", "h", "s"


@pytest.fixture
def owner(django_db_setup):
    """A connection of the owner whose transaction is rolled back."""
    with psycopg.connect(settings.OWNER_DATABASE_URL) as owner:
        yield owner
        owner.rollback()


@pytest.fixture
def states():
    before, after = ProjectState(), ProjectState()
    CREATE.state_forwards("core", after)
    return before, after


def statements(step, *states):
    with connection.schema_editor(collect_sql=True) as editor:
        step("core", editor, *states)
    return editor.collected_sql


def run(owner, step, *states):
    for statement in statements(step, *states):
        owner.execute(statement)


@pytest.fixture
def seeded(owner, states):
    before, after = states
    run(owner, CREATE.database_forwards, before, after)
    owner.execute("INSERT INTO core_seeded VALUES (%s, %s, %s, %s)", ROW)
    owner.execute("ALTER TABLE core_seeded ENABLE ROW LEVEL SECURITY")
    owner.execute("ALTER TABLE core_seeded FORCE ROW LEVEL SECURITY")
    assert owner.execute("SELECT count(*) FROM core_seeded").fetchone() == (0,), "the row is behind the wall"
    run(owner, LOOKUP.database_forwards, after, after)
    return owner


def test_it_finds_two_ids_through_row_level_security(seeded):
    seeded.execute("GRANT EXECUTE ON FUNCTION core_find_seeded(text) TO leadcrm_owner")
    found = seeded.execute("SELECT organization_id::text, id::text FROM core_find_seeded('h')").fetchall()
    assert found == [(ROW[1], ROW[0])]
    assert seeded.execute("SELECT 1 FROM core_find_seeded('other')").fetchall() == []


def test_it_runs_as_the_search_role_with_a_pinned_path_for_the_application_alone(seeded):
    facts = seeded.execute(
        "SELECT pg_get_userbyid(proowner), prosecdef, proconfig FROM pg_proc WHERE proname = 'core_find_seeded'"
    ).fetchone()
    assert facts == ("leadcrm_search", True, ["search_path=pg_catalog, public, pg_temp"])
    may = "SELECT has_function_privilege(%s, 'core_find_seeded(text)', 'EXECUTE')"
    assert seeded.execute(may, ["leadcrm_app"]).fetchone() == (True,)
    assert seeded.execute(may, ["public"]).fetchone() == (False,)
    sees = "SELECT has_column_privilege('leadcrm_search', 'core_seeded', 'secret', 'SELECT')"
    assert seeded.execute(sees).fetchone() == (False,)


def test_it_can_be_taken_back(seeded, states):
    _, after = states
    run(seeded, LOOKUP.database_backwards, after, after)
    assert seeded.execute("SELECT count(*) FROM pg_policies WHERE tablename = 'core_seeded'").fetchone() == (0,)
    assert seeded.execute("SELECT count(*) FROM pg_proc WHERE proname = 'core_find_seeded'").fetchone() == (0,)
