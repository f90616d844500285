"""Search that stays as fast for a common word among a million leads as for a rare one.

An inverted index must read the whole list of a word before it can say anything, and a list for all
organisations must be crossed with that of one. So each word is indexed under a tag made of its organisation
and of one of eight buckets that the lead's random id chooses: a common word fills the page from the first
bucket, a rare one is looked up in eight short lists, and nothing is crossed with anything. Owner and team are
words as well, so a narrow reach costs no more than a wide one. Parts inside words go through trigrams.
"""

from importlib import import_module

from django.db import migrations

FUNCTIONS = r"""
-- Words are what stands between spaces and these signs. The same function cuts leads and queries.
CREATE FUNCTION leads_search_split(words text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(
        lower(words), '@', ' '), '.', ' '), '-', ' '), '/', ' '), ',', ' '), '(', ' '), ')', ' '), '''', ' '),
        '"', ' '), '&', ' '), '+', ' '), '_', ' ')
$$;

-- Letters only, so that a tag and its word stay one token; 24 bits of the organisation, and the bucket.
CREATE FUNCTION leads_search_tag(organization uuid, bucket text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT translate(right(organization::text, 6) || bucket, '0123456789', 'ghijklmnop')
$$;

CREATE FUNCTION leads_search_bucket(lead uuid) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT translate(right(lead::text, 1), '89abcdef', '01234567')
$$;

-- What begins with z is no word of anybody: the owner (o), the team (t), the team of a lead that nobody owns (u).
CREATE FUNCTION leads_search_tokens(words text, tag text, owner uuid, team uuid) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_to_tsvector(array_remove(string_to_array(
        replace(' ' || public.leads_search_split(words), ' ', ' ' || tag)
        || coalesce(' z' || tag || 'o' || right(owner::text, 12), ' z' || tag || 'u' || right(team::text, 12), '')
        || coalesce(' z' || tag || 't' || right(team::text, 12), ''), ' '), ''))
$$;

-- One query for each bucket. The last word may go on when ``begins``, once it is long enough to mean something.
CREATE FUNCTION leads_search_queries(
    words text[], begins boolean, organization uuid, reach text, person uuid, team uuid)
RETURNS tsquery[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT array_agg((concat_ws(' & ',
        (SELECT string_agg(
             '''' || tag || replace(replace(word, '\', '\\'), '''', '''''') || ''''
             || CASE WHEN begins AND place = cardinality(words) AND length(word) > 2 THEN ':*' ELSE '' END, ' & ')
         FROM unnest(words) WITH ORDINALITY AS w (word, place)),
        CASE WHEN reach <> 'all' THEN
             '(z' || tag || 'o' || right(person::text, 12)
             || coalesce(' | z' || tag || CASE reach WHEN 'team' THEN 't' ELSE 'u' END || right(team::text, 12), '') || ')'
        END))::tsquery)
    FROM (SELECT public.leads_search_tag(organization, bucket) AS tag
          FROM unnest(string_to_array('01234567', NULL)) AS bucket) tags
$$;
"""

UNDO_FUNCTIONS = """
DROP FUNCTION leads_search_queries(text[], boolean, uuid, text, uuid, uuid);
DROP FUNCTION leads_search_tokens(text, text, uuid, uuid);
DROP FUNCTION leads_search_bucket(uuid);
DROP FUNCTION leads_search_tag(uuid, text);
DROP FUNCTION leads_search_split(text);
"""

TOKENS = (
    "leads_search_tokens({0}search_text || ' ' || replace({0}phone, ' ', ''),"
    " leads_search_tag({0}organization_id, leads_search_bucket({0}id)), {0}assigned_to_id, {0}team_id)"
)

# Every search reads what waits to be merged into the index, so little may wait.
INDEX = (
    f"CREATE INDEX CONCURRENTLY leads_lead_search_words ON leads_lead USING gin ({TOKENS.format('')})"
    " WITH (gin_pending_list_limit = 512) WHERE deleted_at IS NULL"
)
UNDO_INDEX = "DROP INDEX CONCURRENTLY leads_lead_search_words"

REACH = """(reach = 'all' OR l.assigned_to_id = person OR (reach = 'team' AND l.team_id = team)
               OR (reach = 'own' AND l.assigned_to_id IS NULL AND l.team_id = team))"""
RANK = """CASE WHEN l.company_norm = needle OR l.email_norm = needle OR l.phone = needle THEN 4
               WHEN starts_with(l.company_norm, needle) THEN 3
               WHEN starts_with(lower(l.last_name), needle) OR starts_with(l.search_text, needle) THEN 2
               WHEN strpos(l.search_text, needle) > 0 THEN 1 ELSE 0 END"""

# The organisation is compared as text where its own indexes would only be in the way.
SEARCH = f"""
CREATE OR REPLACE FUNCTION leads_search(query text, hits int, reach text, person uuid, team uuid)
RETURNS TABLE (id uuid) LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public SET plan_cache_mode = force_generic_plan ROWS 200 AS $$
#variable_conflict use_column
DECLARE
    tenant uuid := public.current_organization();
    needle text := lower(btrim(regexp_replace(query, '\\s+', ' ', 'g')));
    words text[] := (array_remove(string_to_array(public.leads_search_split(needle), ' '), ''))[1:8];
    digits text := regexp_replace(needle, '[^0-9]', '', 'g');
    parts text[];
    begins boolean;
    ids uuid[]; ranks int[]; moments timestamptz[];
    more_ids uuid[]; more_ranks int[]; more_moments timestamptz[];
BEGIN
    IF tenant IS NULL OR needle = '' THEN
        RETURN;
    END IF;
    -- A phone number is kept without spaces, however somebody types it.
    IF length(digits) >= 5 AND needle ~ '^[-0-9 ()+./]+$' THEN
        words := ARRAY[digits];
        needle := CASE WHEN left(needle, 1) = '+' THEN '+' || digits ELSE digits END;
    END IF;
    -- Bucket by bucket until there are enough. One word may be a beginning; several may end in one when they
    -- are nobody's as they stand: a beginning is many words to the index.
    FOREACH begins IN ARRAY CASE WHEN cardinality(words) = 1 THEN '{{t}}'::boolean[] ELSE '{{f,t}}' END LOOP
        EXIT WHEN words = '{{}}' OR ids IS NOT NULL;
        SELECT array_agg(f.id), array_agg(f.rank), array_agg(f.created_at) INTO ids, ranks, moments
        FROM (SELECT l.id, l.rank, l.created_at
              FROM unnest(public.leads_search_queries(words, begins, tenant, reach, person, team)) AS wanted
              CROSS JOIN LATERAL (
                  SELECT l.id, {RANK} AS rank, l.created_at FROM public.leads_lead l
                  WHERE {TOKENS.format("l.")} @@ wanted AND l.deleted_at IS NULL
                      AND l.organization_id::text = tenant::text AND {REACH}
              ) l LIMIT hits) f;
    END LOOP;
    -- More than fit: those that fit exactly, or begin with it, must be among those that are shown.
    IF coalesce(cardinality(ids), 0) >= hits THEN
        SELECT array_agg(f.id), array_agg(f.rank), array_agg(f.created_at) INTO more_ids, more_ranks, more_moments
        FROM ((SELECT l.id, {RANK} AS rank, l.created_at FROM public.leads_lead l
               WHERE l.organization_id = tenant AND l.company_norm = needle AND l.deleted_at IS NULL AND {REACH} LIMIT 50)
              UNION ALL
              (SELECT l.id, 4, l.created_at FROM public.leads_lead l
               WHERE l.organization_id = tenant AND l.email <> '' AND l.email_norm = needle AND l.deleted_at IS NULL
                   AND {REACH} LIMIT 50)
              UNION ALL
              (SELECT l.id, 3, l.created_at FROM public.leads_lead l
               WHERE reach = 'all' AND l.organization_id = tenant AND l.company_norm > needle
                   AND l.company_norm < needle || U&'\\+10FFFF' AND l.deleted_at IS NULL LIMIT 50)) f;
        ids := more_ids || ids; ranks := more_ranks || ranks; moments := more_moments || moments;
    -- Nothing begins like that: the words may be parts of longer ones.
    ELSIF ids IS NULL AND length(needle) > 2 THEN
        SELECT array_agg('%' || replace(replace(word, '\\', '\\\\'), '%', '\\%') || '%') INTO parts FROM unnest(words) AS word;
        SELECT array_agg(f.id), array_agg(f.rank), array_agg(f.created_at) INTO ids, ranks, moments
        FROM (SELECT l.id, {RANK} AS rank, l.created_at FROM public.leads_lead l
              WHERE l.organization_id = tenant AND l.deleted_at IS NULL AND l.search_text LIKE parts[1]
                  AND l.search_text LIKE coalesce(parts[2], '%') AND l.search_text LIKE coalesce(parts[3], '%')
                  AND {REACH} LIMIT hits) f;
    END IF;
    RETURN QUERY
    SELECT f.id FROM unnest(ids, ranks, moments) AS f (id, rank, created_at)
    GROUP BY f.id, f.created_at ORDER BY max(f.rank) DESC, f.created_at DESC, f.id DESC LIMIT hits;
END $$;

CREATE FUNCTION leads_by_custom_field(wanted jsonb, hits int) RETURNS TABLE (id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public ROWS 200 AS $$
    SELECT l.id FROM public.leads_lead l
    WHERE l.organization_id = public.current_organization() AND l.deleted_at IS NULL
        AND NOT (l.custom_fields = '{{}}'::jsonb) AND l.custom_fields @> wanted
    LIMIT hits
$$;
ALTER FUNCTION leads_by_custom_field(jsonb, int) OWNER TO leadcrm_search;
REVOKE ALL ON FUNCTION leads_by_custom_field(jsonb, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION leads_by_custom_field(jsonb, int) TO leadcrm_app, leadcrm_staff;
"""

_before = import_module("leads.migrations.0002_search_and_totals").SEARCH
_function = _before[_before.index("CREATE FUNCTION leads_search") : _before.index("ALTER FUNCTION")]
UNDO_SEARCH = "DROP FUNCTION leads_by_custom_field(jsonb, int);" + _function.replace(
    "CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"
)

_column = _before[_before.index("    ADD COLUMN search_vector") : _before.index(";\n")]
DROP_VECTOR = "ALTER TABLE leads_lead DROP COLUMN search_vector"
UNDO_DROP_VECTOR = (
    f"ALTER TABLE leads_lead {_column.strip()};"
    "CREATE INDEX leads_lead_search_vector ON leads_lead USING gin (organization_id, search_vector)"
)


class Migration(migrations.Migration):
    # The index is built without locking out writers.
    atomic = False

    dependencies = [("leads", "0006_list_indexes")]

    operations = [
        migrations.RunSQL(FUNCTIONS, UNDO_FUNCTIONS),
        migrations.RunSQL(INDEX, UNDO_INDEX),
        migrations.RunSQL(SEARCH, UNDO_SEARCH),
        migrations.RunSQL(DROP_VECTOR, UNDO_DROP_VECTOR),
    ]
