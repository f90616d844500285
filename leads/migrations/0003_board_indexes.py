"""Indexes of the board: one range per column for each reach, what needs attention, and the win rate."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Built without locking out writers.
    atomic = False

    dependencies = [
        ("leads", "0002_search_and_totals"),
    ]

    operations = [
        RemoveIndexConcurrently(
            model_name="lead",
            name="leads_lead_board",
        ),
        RemoveIndexConcurrently(
            model_name="lead",
            name="leads_lead_owner_board",
        ),
        AddIndexConcurrently(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "stage", "board_position", "id"],
                name="leads_lead_board",
            ),
        ),
        AddIndexConcurrently(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "assigned_to", "stage", "board_position", "id"],
                name="leads_lead_owner_board",
            ),
        ),
        AddIndexConcurrently(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True), ("team__isnull", False)),
                fields=["organization", "team", "stage", "board_position", "id"],
                name="leads_lead_team_board",
            ),
        ),
        AddIndexConcurrently(
            model_name="lead",
            index=models.Index(
                condition=models.Q(
                    ("deleted_at__isnull", True), ("assigned_to__isnull", True), ("team__isnull", False)
                ),
                fields=["organization", "team", "stage", "board_position", "id"],
                name="leads_lead_pool_board",
            ),
        ),
        AddIndexConcurrently(
            model_name="lead",
            index=models.Index(
                condition=models.Q(
                    ("deleted_at__isnull", True),
                    models.Q(("status__in", ("closed_won", "closed_lost", "unqualified")), _negated=True),
                    ("next_follow_up_at__isnull", True),
                ),
                fields=["organization", "id"],
                name="leads_lead_unplanned",
            ),
        ),
        AddIndexConcurrently(
            model_name="lead",
            index=models.Index(
                condition=models.Q(
                    ("deleted_at__isnull", True),
                    models.Q(("status__in", ("closed_won", "closed_lost", "unqualified")), _negated=True),
                ),
                fields=["organization", "last_activity_at", "id"],
                name="leads_lead_idle",
            ),
        ),
        AddIndexConcurrently(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True), ("closed_at__isnull", False)),
                fields=["organization", "closed_at"],
                include=("status", "assigned_to", "team"),
                name="leads_lead_closed",
            ),
        ),
    ]
