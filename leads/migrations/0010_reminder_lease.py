"""Until when a worker has a reminder to itself, so that one whose worker dies is sent by another."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("leads", "0009_scoring_run_qualified_count")]

    operations = [
        migrations.AddField(
            model_name="activity",
            name="reminder_lease_until",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
    ]
