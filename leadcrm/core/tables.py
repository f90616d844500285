"""Migration operations that turn Django's tables into tenant tables.

``SecureTable`` gives a table the key (organization, id), foreign keys that include the organisation, and
row level security; ``PartitionByMonth`` makes it a table partitioned by ``created_at``. Both belong in the
migration that creates the model, right after its ``CreateModel``.
"""

from __future__ import annotations

from typing import Any

from django.apps.registry import Apps
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import Model

from leadcrm.core.models import TenantForeignKey


class SecureTable(Operation):
    """Give a tenant table its composite keys, its policies and its grants.

    ``append_only`` takes UPDATE and DELETE from the application role. ``tracked`` writes every update and
    delete to the field history by trigger, whatever code caused it, except changes of ``untracked`` columns.
    """

    reversible = True
    reduces_to_sql = True

    def __init__(
        self, model: str, *, append_only: bool = False, tracked: bool = False, untracked: tuple[str, ...] = ()
    ) -> None:
        self.model, self.append_only, self.tracked, self.untracked = model, append_only, tracked, untracked

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Change nothing: Django's view of the table stays the same."""

    def database_forwards(
        self, app_label: str, editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model)
        table = model._meta.db_table
        if not _is_partitioned(editor, table):
            editor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {table}_pkey")
            editor.execute(f"ALTER TABLE {table} ADD PRIMARY KEY (organization_id, id)")
        for statement in foreign_keys(model):
            editor.deferred_sql.append(statement)  # the tables they point at may be created later
        for statement in policies(table, append_only=self.append_only):
            editor.execute(statement)
        if self.tracked:
            skipped = ", ".join(f"'{column}'" for column in ("updated_at", *self.untracked))
            editor.execute(
                f"CREATE TRIGGER record_changes AFTER UPDATE ON {table} REFERENCING OLD TABLE AS old_rows"
                f" NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit_record_updates({skipped})"
            )
            editor.execute(
                f"CREATE TRIGGER record_deletes AFTER DELETE ON {table} REFERENCING OLD TABLE AS old_rows"
                " FOR EACH STATEMENT EXECUTE FUNCTION audit_record_deletes()"
            )

    def database_backwards(
        self, app_label: str, editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Leave it to the reverse of CreateModel, which drops the table with all of this."""

    def describe(self) -> str:
        return f"Secure tenant table {self.model}"


class SecureColumn(Operation):
    """Add the composite constraint of one tenant foreign key, for a column added after its table."""

    reversible = True
    reduces_to_sql = True

    def __init__(self, model: str, field: str) -> None:
        self.model, self.field = model, field

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Change nothing: Django's view of the table stays the same."""

    def database_forwards(
        self, app_label: str, editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model)
        for statement in foreign_keys(model, only=self.field):
            editor.deferred_sql.append(statement)

    def database_backwards(
        self, app_label: str, editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = from_state.apps.get_model(app_label, self.model)
        field = model._meta.get_field(self.field)
        name = constraint_name(model._meta.db_table, str(field.column))
        editor.execute(f"ALTER TABLE {model._meta.db_table} DROP CONSTRAINT IF EXISTS {name}")

    def describe(self) -> str:
        return f"Secure foreign key {self.model}.{self.field}"


class PartitionByMonth(Operation):
    """Turn a table just created into one partitioned by month of ``created_at``.

    Django keeps ``id`` as its primary key; the database's is (organization_id, id, created_at).
    """

    reversible = True
    reduces_to_sql = True

    def __init__(self, model: str) -> None:
        self.model = model

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Change nothing: Django's view of the table stays the same."""

    def database_forwards(
        self, app_label: str, editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        table = to_state.apps.get_model(app_label, self.model)._meta.db_table
        editor.execute(f"ALTER TABLE {table} RENAME TO {table}_plain")
        editor.execute(
            f"CREATE TABLE {table} (LIKE {table}_plain INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"
            " PARTITION BY RANGE (created_at)"
        )
        editor.execute(f"DROP TABLE {table}_plain")
        editor.execute(f"ALTER TABLE {table} ADD PRIMARY KEY (organization_id, id, created_at)")
        editor.execute(f"CREATE TABLE {table}_default PARTITION OF {table} DEFAULT")
        editor.execute(f"REVOKE ALL ON {table}_default FROM leadcrm_app, leadcrm_staff")
        editor.execute(f"SELECT prepare_month_partitions('{table}', 1, 3)")

    def database_backwards(
        self, app_label: str, editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Leave it to the reverse of CreateModel, which drops the table with its partitions."""

    def describe(self) -> str:
        return f"Partition {self.model} by month"


class TokenLookup(Operation):
    """Create ``function(hash text)``, which returns (organization_id, id) of the row with that hash.

    It belongs to the search role, which may see three columns of the table and nothing else of it. The column needs
    an index that begins with it: ``unique=True``, or an index of its own. For a table with two such columns, use it
    twice.
    """

    reversible = True
    reduces_to_sql = True

    def __init__(self, model: str, function: str, *, column: str = "token_hash") -> None:
        self.model, self.function, self.column = model, function, column

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Change nothing: Django's view of the table stays the same."""

    def database_forwards(
        self, app_label: str, editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        table = to_state.apps.get_model(app_label, self.model)._meta.db_table
        # pg_temp is named last, or PostgreSQL would search everybody's temporary schema first, types included.
        statements = [
            f"CREATE POLICY lookup_{self.column} ON {table} FOR SELECT TO leadcrm_search USING (true)",
            f"GRANT SELECT (id, organization_id, {self.column}) ON {table} TO leadcrm_search",
            f"CREATE FUNCTION {self.function}(hash text) RETURNS TABLE (organization_id uuid, id uuid)"  # noqa: S608 — names of a migration
            " LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp ROWS 1"
            f" AS $$ SELECT t.organization_id, t.id FROM public.{table} t WHERE t.{self.column} = hash $$",
            f"ALTER FUNCTION {self.function}(text) OWNER TO leadcrm_search",
            f"REVOKE ALL ON FUNCTION {self.function}(text) FROM PUBLIC",
            f"GRANT EXECUTE ON FUNCTION {self.function}(text) TO leadcrm_app",
        ]
        for statement in statements:
            editor.execute(statement)

    def database_backwards(
        self, app_label: str, editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        table = from_state.apps.get_model(app_label, self.model)._meta.db_table
        editor.execute(f"DROP FUNCTION {self.function}(text)")
        editor.execute(f"DROP POLICY lookup_{self.column} ON {table}")
        editor.execute(f"REVOKE ALL ({self.column}) ON {table} FROM leadcrm_search")

    def describe(self) -> str:
        return f"Look {self.model} up by {self.column} before the organisation is known"


def policies(table: str, *, append_only: bool = False) -> list[str]:
    """Return the statements that put ``table`` behind row level security.

    The policy calls the function bare: wrapped in a sub-select it ruins the planner's row estimate.
    """
    writable = "SELECT, INSERT" if append_only else "SELECT, INSERT, UPDATE, DELETE"
    return [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY tenant ON {table} USING (organization_id = current_organization())"
        " WITH CHECK (organization_id = current_organization())",
        f"CREATE POLICY staff ON {table} TO leadcrm_staff USING (true) WITH CHECK (true)",
        f"REVOKE ALL ON {table} FROM leadcrm_app, leadcrm_staff",
        f"GRANT {writable} ON {table} TO leadcrm_app",
        f"GRANT {writable} ON {table} TO leadcrm_staff",
    ]


def constraint_name(table: str, column: str) -> str:
    """Return the name of the composite foreign key of ``column``, within PostgreSQL's 63 bytes."""
    return f"{table}_{column}_org_fk"[-63:]


def foreign_keys(model: type[Model], *, only: str = "") -> list[str]:
    """Return the statements that add the composite foreign keys of ``model``."""
    table = model._meta.db_table
    statements = []
    for field in model._meta.local_fields:
        if not isinstance(field, TenantForeignKey) or (only and field.name != only):
            continue
        target = field.related_model
        if not isinstance(target, type):
            raise TypeError(f"{model.__name__}.{field.name} points at {target!r}, which is not loaded.")
        statements.append(
            f"ALTER TABLE {table} ADD CONSTRAINT {constraint_name(table, field.column)}"
            f" FOREIGN KEY (organization_id, {field.column})"
            f" REFERENCES {target._meta.db_table} (organization_id, id) DEFERRABLE INITIALLY DEFERRED"
        )
    return statements


def _is_partitioned(editor: BaseDatabaseSchemaEditor, table: str) -> bool:
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_partitioned_table WHERE partrelid = %s::regclass", [table])
        return cursor.fetchone() is not None


def owner_scope(apps: Apps, organization_id: Any, editor: BaseDatabaseSchemaEditor) -> None:
    """Let the rows of one organisation appear to a data migration, which runs as the owner.

    Under FORCE ROW LEVEL SECURITY the owner sees no rows either: a data migration loops over the
    organisations and calls this for each, or it silently does nothing.
    """
    editor.execute("SELECT set_config('app.organization_id', %s, true)", [str(organization_id)])
