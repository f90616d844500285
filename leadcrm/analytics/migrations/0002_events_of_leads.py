"""What leads announce becomes events as well, and what is old can be deleted.

A trigger reads the announcements, so one that is written for a thousand leads at once becomes a thousand events in one
statement, and no code can forget it.
"""

from django.db import migrations

NEWS = """
CREATE FUNCTION analytics_follow_news() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO analytics_analyticsevent
        (id, organization_id, event, properties, user_id, session_id, url, referrer, user_agent, ip_address, created_at)
    SELECT new_uuid7(), organization_id,
        CASE name WHEN 'lead.won' THEN 'conversion.won' WHEN 'lead.lost' THEN 'conversion.lost' ELSE name END,
        jsonb_build_object('lead', entity_id)
            || coalesce((SELECT jsonb_object_agg(key, value) FROM jsonb_each(payload) WHERE key IN ('source', 'score')), '{}'),
        actor_id, '', '', '', '', '', created_at
    FROM new_rows WHERE name IN ('lead.created', 'lead.qualified', 'lead.won', 'lead.lost');
    RETURN NULL;
END $$;
CREATE TRIGGER analytics_news AFTER INSERT ON audit_domainevent REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION analytics_follow_news();
"""
UNDO_NEWS = """
DROP TRIGGER analytics_news ON audit_domainevent;
DROP FUNCTION analytics_follow_news();
"""

# It runs as the owner, whom the policies bind like everybody: what it deletes is of the organisation of the scope.
FORGET = """
CREATE FUNCTION analytics_forget_events(moment timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    deleted bigint;
BEGIN
    IF moment > now() - interval '30 days' THEN
        RAISE EXCEPTION 'events of the last 30 days are kept';
    END IF;
    DELETE FROM public.analytics_analyticsevent
    WHERE organization_id = public.current_organization() AND created_at < moment;
    GET DIAGNOSTICS deleted = ROW_COUNT;
    RETURN deleted;
END $$;
REVOKE ALL ON FUNCTION analytics_forget_events(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION analytics_forget_events(timestamptz) TO leadcrm_app;
"""


class Migration(migrations.Migration):
    dependencies = [("analytics", "0001_initial"), ("audit", "0004_fast_field_history")]
    operations = [
        migrations.RunSQL(NEWS, UNDO_NEWS),
        migrations.RunSQL(FORGET, "DROP FUNCTION analytics_forget_events(timestamptz)"),
    ]
