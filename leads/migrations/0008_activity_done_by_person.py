"""What somebody has done today, without reading all they have ever done."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    # Built without locking out writers.
    atomic = False

    dependencies = [("leads", "0007_search_in_buckets")]

    operations = [
        AddIndexConcurrently(
            "activity",
            models.Index(
                fields=["organization", "user", "-completed_at"],
                condition=Q(completed_at__isnull=False),
                name="leads_activity_by_person",
            ),
        ),
    ]
