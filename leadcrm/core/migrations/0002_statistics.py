"""A way for long jobs to have the statistics of a table that they are filling brought up to date."""

from django.db import migrations

FUNCTION = """
-- Runs as the owner, because only an owner can analyse a table. It does so when the table has doubled since, so that
-- asking often costs next to nothing; autovacuum comes too late for a table that is being filled.
CREATE FUNCTION refresh_statistics(name text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public SET lock_timeout = '1s' AS $$
DECLARE
    id oid;
    known bigint;
    pages bigint;
BEGIN
    SELECT c.oid, c.relpages INTO id, known FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relname = name AND n.nspname = 'public' AND c.relkind = 'r' AND c.relrowsecurity;
    IF id IS NULL THEN
        RAISE EXCEPTION '% is not a table of organisations', name;
    END IF;
    pages := pg_relation_size(id) / current_setting('block_size')::int;
    IF pages < 16 OR pages < 2 * known THEN
        RETURN false;
    END IF;
    EXECUTE format('ANALYZE public.%I', name);
    RETURN true;
EXCEPTION WHEN lock_not_available THEN
    RETURN false;  -- somebody else is at it
END $$;
REVOKE ALL ON FUNCTION refresh_statistics(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION refresh_statistics(text) TO leadcrm_app;
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0001_functions")]
    operations = [migrations.RunSQL(FUNCTION, "DROP FUNCTION refresh_statistics(text)")]
