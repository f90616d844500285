"""Where hits that are limited are counted. After a crash the table is empty, which only starts the limits anew."""

from django.db import migrations

THROTTLE = """
CREATE UNLOGGED TABLE core_throttle (
    key varchar(32) NOT NULL,
    at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX core_throttle_key ON core_throttle (key, at);
CREATE INDEX core_throttle_end ON core_throttle (ends_at);
REVOKE ALL ON core_throttle FROM leadcrm_app, leadcrm_staff;
GRANT SELECT, INSERT, DELETE ON core_throttle TO leadcrm_app, leadcrm_staff;
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0003_search_path")]
    operations = [migrations.RunSQL(THROTTLE, "DROP TABLE core_throttle")]
