"""How many leads a scoring run qualified, kept with its progress so that a crash loses no count."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("leads", "0008_activity_done_by_person")]

    operations = [
        migrations.AddField(
            model_name="scoringrun", name="qualified_count", field=models.PositiveIntegerField(default=0)
        ),
    ]
