"""The functions that policies, triggers and partitions stand on, and the cache's table."""

from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION current_organization() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT nullif(current_setting('app.organization_id', true), '')::uuid $$;

CREATE FUNCTION current_actor() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT nullif(current_setting('app.actor_id', true), '')::uuid $$;

-- UUIDv7 (RFC 9562) for rows that triggers write; PostgreSQL has its own only from version 18 on.
CREATE FUNCTION new_uuid7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE
AS $$ SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) placing
    substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6),
    52, 1), 53, 1), 'hex')::uuid $$;

-- Runs as the owner, because only an owner can add a partition; it accepts only tables that are partitioned.
CREATE FUNCTION prepare_month_partitions(parent text, months_back int, months_ahead int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    month date := (date_trunc('month', now() AT TIME ZONE 'UTC') - make_interval(months => months_back))::date;
    last date := (date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => months_ahead))::date;
    part text;
    made int := 0;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_partitioned_table p JOIN pg_class c ON c.oid = p.partrelid
                   JOIN pg_namespace n ON n.oid = c.relnamespace
                   WHERE c.relname = parent AND n.nspname = 'public') THEN
        RAISE EXCEPTION '% is not a partitioned table', parent;
    END IF;
    WHILE month <= last LOOP
        part := parent || '_y' || to_char(month, 'YYYY') || 'm' || to_char(month, 'MM');
        IF to_regclass('public.' || quote_ident(part)) IS NULL THEN
            EXECUTE format('CREATE TABLE public.%I PARTITION OF public.%I FOR VALUES FROM (%L) TO (%L)',
                           part, parent, month::text || ' 00:00:00+00', (month + interval '1 month')::date::text || ' 00:00:00+00');
            EXECUTE format('REVOKE ALL ON public.%I FROM leadcrm_app, leadcrm_staff', part);
            made := made + 1;
        END IF;
        month := (month + interval '1 month')::date;
    END LOOP;
    RETURN made;
END $$;
REVOKE ALL ON FUNCTION prepare_month_partitions(text, int, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION prepare_month_partitions(text, int, int) TO leadcrm_app;

CREATE TABLE django_cache (cache_key varchar(255) PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL);
CREATE INDEX django_cache_expires ON django_cache (expires);
"""

UNDO = """
DROP TABLE django_cache;
DROP FUNCTION prepare_month_partitions(text, int, int);
DROP FUNCTION new_uuid7();
DROP FUNCTION current_actor();
DROP FUNCTION current_organization();
"""


class Migration(migrations.Migration):
    initial = True
    dependencies: list[tuple[str, str]] = []
    operations = [migrations.RunSQL(FUNCTIONS, UNDO)]
