"""Web and worker read flags; staff change them, and nobody rewrites the history of a change."""

from django.db import migrations

RIGHTS = """
REVOKE ALL ON flags_featureflag, flags_flagchange FROM leadcrm_app, leadcrm_staff;
GRANT SELECT ON flags_featureflag TO leadcrm_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON flags_featureflag TO leadcrm_staff;
GRANT SELECT, INSERT ON flags_flagchange TO leadcrm_staff;
"""
UNDO = """
GRANT SELECT, INSERT, UPDATE, DELETE ON flags_featureflag, flags_flagchange TO leadcrm_app, leadcrm_staff;
"""


class Migration(migrations.Migration):
    dependencies = [("flags", "0001_initial")]
    operations = [migrations.RunSQL(RIGHTS, UNDO)]
