"""Find an invitation by the hash of its token before anybody is signed in.

The function returns the organisation and the invitation's id, nothing else.
"""

from django.db import migrations

LOOKUP = """
CREATE POLICY lookup ON accounts_invitation FOR SELECT TO leadcrm_search USING (true);
GRANT SELECT (id, organization_id, token_hash) ON accounts_invitation TO leadcrm_search;
CREATE FUNCTION accounts_find_invitation(hash text) RETURNS TABLE (organization_id uuid, id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public ROWS 1
AS $$ SELECT i.organization_id, i.id FROM public.accounts_invitation i WHERE i.token_hash = hash $$;
ALTER FUNCTION accounts_find_invitation(text) OWNER TO leadcrm_search;
REVOKE ALL ON FUNCTION accounts_find_invitation(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION accounts_find_invitation(text) TO leadcrm_app;
"""

UNDO = """
DROP FUNCTION accounts_find_invitation(text);
DROP POLICY lookup ON accounts_invitation;
REVOKE ALL ON accounts_invitation FROM leadcrm_search;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [migrations.RunSQL(LOOKUP, UNDO)]
