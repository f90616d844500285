"""A stamp on the person, read with every request anyway, that tells how old a figure kept elsewhere may be."""

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_invitation_mailed_at")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="work_changed_at",
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False),
        ),
    ]
