"""The triggers' functions behind the field history.

Statement triggers with transition tables: a bulk update of 100,000 rows runs them once. The arguments of
``audit_record_updates`` are columns whose changes are not history (counters, generated columns).
"""

from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION audit_record_updates() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    skipped text[] := TG_ARGV;
BEGIN
    INSERT INTO audit_fieldchange (id, organization_id, entity_type, entity_id, operation, changes, actor_id, created_at)
    SELECT new_uuid7(), n.organization_id, TG_TABLE_NAME, n.id, 'update', d.changes, current_actor(), now()
    FROM (SELECT r.organization_id, r.id, to_jsonb(r.*) - skipped AS after FROM new_rows r) n
    JOIN (SELECT r.id, to_jsonb(r.*) - skipped AS before FROM old_rows r) o ON o.id = n.id
    CROSS JOIN LATERAL (
        SELECT jsonb_object_agg(a.key, jsonb_build_array(o.before -> a.key, a.value)) AS changes
        FROM jsonb_each(n.after) a
        WHERE (o.before -> a.key) IS DISTINCT FROM a.value
    ) d
    WHERE n.after <> o.before AND d.changes IS NOT NULL;
    RETURN NULL;
END $$;

CREATE FUNCTION audit_record_deletes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit_fieldchange (id, organization_id, entity_type, entity_id, operation, changes, actor_id, created_at)
    SELECT new_uuid7(), r.organization_id, TG_TABLE_NAME, r.id, 'delete',
           (SELECT coalesce(jsonb_object_agg(f.key, jsonb_build_array(f.value, NULL)), '{}')
            FROM jsonb_each(to_jsonb(r.*) - ARRAY['search_text', 'search_vector', 'email_norm', 'company_norm']) f
            WHERE f.value NOT IN ('null', '""', '{}', '[]')),
           current_actor(), now()
    FROM old_rows r;
    RETURN NULL;
END $$;
"""

TRACKED = [
    "accounts_team",
    "accounts_businessprofile",
    "accounts_invitation",
    "audit_setting",
]

TRIGGERS = "".join(
    f"CREATE TRIGGER record_changes AFTER UPDATE ON {table} REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows"
    " FOR EACH STATEMENT EXECUTE FUNCTION audit_record_updates('updated_at', 'token_hash');"
    f"CREATE TRIGGER record_deletes AFTER DELETE ON {table} REFERENCING OLD TABLE AS old_rows"
    " FOR EACH STATEMENT EXECUTE FUNCTION audit_record_deletes();"
    for table in TRACKED
)

UNDO = (
    "".join(f"DROP TRIGGER record_changes ON {table}; DROP TRIGGER record_deletes ON {table};" for table in TRACKED)
    + "DROP FUNCTION audit_record_updates(); DROP FUNCTION audit_record_deletes();"
)


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunSQL(FUNCTIONS + TRIGGERS, UNDO)]
