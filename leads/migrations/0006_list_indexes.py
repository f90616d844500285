"""Indexes of the list: its orders, and the filters by which few leads are wanted among many.

Those on a column with a usual value leave that value out, so an import of plain rows pays nothing for them.
"""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


def _add(name: str, fields: list[str], condition: Q) -> AddIndexConcurrently:
    return AddIndexConcurrently("lead", models.Index(fields=fields, condition=condition, name=name))


class Migration(migrations.Migration):
    # Built without locking out writers.
    atomic = False

    dependencies = [("leads", "0005_owner_closed_index")]

    operations = [
        _add("leads_lead_country", ["organization", "country"], ~Q(country="")),
        _add("leads_lead_city", ["organization", "city"], ~Q(city="")),
        _add("leads_lead_industry", ["organization", "industry"], ~Q(industry="")),
        _add(
            "leads_lead_value",
            ["organization", "-predicted_value_minor", "-id"],
            Q(predicted_value_minor__isnull=False),
        ),
        _add("leads_lead_close", ["organization", "expected_close_on", "id"], Q(expected_close_on__isnull=False)),
        _add("leads_lead_outreach", ["organization", "outreach_status"], ~Q(outreach_status="none")),
        _add("leads_lead_verified", ["organization", "verification_status"], ~Q(verification_status="unverified")),
        _add("leads_lead_engaged", ["organization", "engagement_level"], ~Q(engagement_level="unknown")),
        AddIndexConcurrently(
            "lead",
            GinIndex(
                fields=["organization", "custom_fields"],
                opclasses=["uuid_ops", "jsonb_path_ops"],
                condition=~Q(custom_fields={}),
                name="leads_lead_custom",
            ),
        ),
    ]
