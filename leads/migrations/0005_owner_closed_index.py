"""An index for the win rate of one person."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Built without locking out writers.
    atomic = False

    dependencies = [("leads", "0004_import_reports")]

    operations = [
        AddIndexConcurrently(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True), ("closed_at__isnull", False)),
                fields=["organization", "assigned_to", "closed_at"],
                include=("status", "team"),
                name="leads_lead_owner_closed",
            ),
        ),
    ]
