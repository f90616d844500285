"""Search columns and their function, and the totals of the stages.

Text operators (LIKE, @@) are not leakproof, so under row level security their indexes would lie idle. The
search therefore runs in a SECURITY DEFINER function owned by a role without login, which filters by
organisation and by the person's reach itself and returns nothing but ids.
"""

from django.db import migrations

SEARCH = """
ALTER TABLE leads_lead
    ADD COLUMN search_text text COLLATE "C" GENERATED ALWAYS AS (lower(
        coalesce(first_name, '') || ' ' || coalesce(last_name, '') || ' ' || coalesce(company, '') || ' ' ||
        coalesce(email, '') || ' ' || coalesce(phone, '') || ' ' || coalesce(external_id, '') || ' ' ||
        coalesce(city, '') || ' ' || coalesce(job_title, ''))) STORED,
    ADD COLUMN search_vector tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('simple', coalesce(company, '') || ' ' || coalesce(first_name, '') || ' ' ||
                              coalesce(last_name, '')), 'A') ||
        setweight(to_tsvector('simple', coalesce(email, '') || ' ' || coalesce(job_title, '') || ' ' ||
                              coalesce(city, '')), 'B') ||
        setweight(to_tsvector('simple', left(coalesce(message, '') || ' ' || coalesce(notes, ''), 20000)), 'D')
    ) STORED;
CREATE INDEX leads_lead_search_text ON leads_lead USING gin (organization_id, search_text gin_trgm_ops);
CREATE INDEX leads_lead_search_vector ON leads_lead USING gin (organization_id, search_vector);

CREATE POLICY search ON leads_lead FOR SELECT TO leadcrm_search USING (true);
GRANT SELECT ON leads_lead TO leadcrm_search;

-- Whole words first (the vector), then parts of words (trigrams); each side is capped before it is ranked,
-- because a common word would otherwise rank half the table.
CREATE FUNCTION leads_search(query text, hits int, reach text, person uuid, team uuid)
RETURNS TABLE (id uuid) LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public SET plan_cache_mode = force_custom_plan ROWS 200 AS $$
DECLARE
    tenant uuid := public.current_organization();
    words tsquery := websearch_to_tsquery('simple', query);
    part text := '%' || replace(replace(replace(lower(trim(query)), '\\', '\\\\'), '%', '\\%'), '_', '\\_') || '%';
BEGIN
    IF tenant IS NULL OR length(trim(query)) = 0 THEN
        RETURN;
    END IF;
    RETURN QUERY
    SELECT found.id FROM (
        (SELECT l.id, ts_rank_cd(l.search_vector, words) + 1 AS rank, l.created_at FROM public.leads_lead l
         WHERE l.organization_id = tenant AND l.deleted_at IS NULL AND l.search_vector @@ words
           AND (reach = 'all' OR l.assigned_to_id = person OR (reach = 'team' AND l.team_id = team)
                OR (reach = 'own' AND l.assigned_to_id IS NULL AND l.team_id = team))
         LIMIT hits)
        UNION ALL
        (SELECT l.id, 0.0, l.created_at FROM public.leads_lead l
         WHERE length(trim(query)) >= 3 AND l.organization_id = tenant AND l.deleted_at IS NULL
           AND l.search_text LIKE part
           AND (reach = 'all' OR l.assigned_to_id = person OR (reach = 'team' AND l.team_id = team)
                OR (reach = 'own' AND l.assigned_to_id IS NULL AND l.team_id = team))
         LIMIT hits)
    ) found
    GROUP BY found.id, found.created_at
    ORDER BY max(found.rank) DESC, found.created_at DESC
    LIMIT hits;
END $$;
ALTER FUNCTION leads_search(text, int, text, uuid, uuid) OWNER TO leadcrm_search;
REVOKE ALL ON FUNCTION leads_search(text, int, text, uuid, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION leads_search(text, int, text, uuid, uuid) TO leadcrm_app, leadcrm_staff;
"""

UNDO_SEARCH = """
DROP FUNCTION leads_search(text, int, text, uuid, uuid);
DROP POLICY search ON leads_lead;
REVOKE ALL ON leads_lead FROM leadcrm_search;
ALTER TABLE leads_lead DROP COLUMN search_text, DROP COLUMN search_vector;
"""

# The value of a lead on the board: the won value once it is won, else the predicted one.
_VALUE = (
    "coalesce(CASE WHEN status = 'closed_won' THEN coalesce(won_value_minor, predicted_value_minor)"
    " ELSE predicted_value_minor END, 0)"
)
_COLUMNS = "organization_id, stage_id, team_id, assigned_to_id, currency"


def _delta(rows: str, sign: str) -> str:
    return f"SELECT {_COLUMNS}, {sign}1 AS leads, {sign}{_VALUE} AS value FROM {rows} WHERE deleted_at IS NULL"


def _function(name: str, source: str) -> str:
    return f"""
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO leads_stagetotal (id, {_COLUMNS}, lead_count, value_minor)
    SELECT new_uuid7(), {_COLUMNS}, sum(leads), sum(value) FROM ({source}) deltas
    GROUP BY {_COLUMNS} HAVING sum(leads) <> 0 OR sum(value) <> 0;
    RETURN NULL;
END $$;
"""


TOTALS = (
    _function("leads_total_inserts", _delta("new_rows", "+"))
    + _function("leads_total_deletes", _delta("old_rows", "-"))
    + _function(
        "leads_total_updates",
        f"{_delta('new_rows', '+')} UNION ALL {_delta('old_rows', '-')}",
    )
    + """
CREATE TRIGGER total_inserts AFTER INSERT ON leads_lead REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION leads_total_inserts();
CREATE TRIGGER total_deletes AFTER DELETE ON leads_lead REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION leads_total_deletes();
CREATE TRIGGER total_updates AFTER UPDATE ON leads_lead REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION leads_total_updates();
"""
)

UNDO_TOTALS = """
DROP TRIGGER total_inserts ON leads_lead; DROP TRIGGER total_deletes ON leads_lead; DROP TRIGGER total_updates ON leads_lead;
DROP FUNCTION leads_total_inserts(); DROP FUNCTION leads_total_deletes(); DROP FUNCTION leads_total_updates();
"""


class Migration(migrations.Migration):
    dependencies = [("leads", "0001_initial")]
    operations = [
        migrations.RunSQL(SEARCH, UNDO_SEARCH),
        migrations.RunSQL(TOTALS, UNDO_TOTALS),
    ]
