"""Functions with borrowed rights look into the temporary schema last.

Where ``pg_temp`` is not named, PostgreSQL searches it first, for tables and types alike: whoever may create temporary
things could put a type of their own in the place of ``text`` and have its check run with the function's rights.
"""

from django.db import migrations

FUNCTIONS = (
    "leads_search(text, int, text, uuid, uuid)",
    "leads_by_custom_field(jsonb, int)",
)
SAFE, BEFORE = "pg_catalog, public, pg_temp", "pg_catalog, public"


def statements(path: str) -> str:
    return "".join(f"ALTER FUNCTION {name} SET search_path = {path};" for name in FUNCTIONS)


class Migration(migrations.Migration):
    dependencies = [("leads", "0010_reminder_lease")]
    operations = [migrations.RunSQL(statements(SAFE), statements(BEFORE))]
