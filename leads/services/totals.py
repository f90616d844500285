"""Keep the totals of the stages small: triggers add deltas, this folds them."""

from __future__ import annotations

from django.db import connection
from django.db.models import Count

from leadcrm.core import tenancy
from leads.models import StageTotal

# One statement: whoever reads meanwhile sees either the deltas or their sum. Deltas that another fold has
# locked are left to it; deltas written meanwhile are not seen and stay for the next time.
FOLD = """
WITH crowded AS (
    SELECT stage_id, team_id, assigned_to_id, currency FROM leads_stagetotal
    WHERE organization_id = current_organization()
    GROUP BY stage_id, team_id, assigned_to_id, currency
    HAVING count(*) > 1 OR (sum(lead_count) = 0 AND sum(value_minor) = 0)
), taken AS (
    SELECT t.id FROM leads_stagetotal t JOIN crowded c ON c.stage_id = t.stage_id AND c.currency = t.currency
        AND c.team_id IS NOT DISTINCT FROM t.team_id AND c.assigned_to_id IS NOT DISTINCT FROM t.assigned_to_id
    WHERE t.organization_id = current_organization()
    LIMIT %s FOR UPDATE OF t SKIP LOCKED
), removed AS (
    DELETE FROM leads_stagetotal WHERE organization_id = current_organization() AND id IN (SELECT id FROM taken)
    RETURNING stage_id, team_id, assigned_to_id, currency, lead_count, value_minor
), folded AS (
    INSERT INTO leads_stagetotal
        (id, organization_id, stage_id, team_id, assigned_to_id, currency, lead_count, value_minor)
    SELECT new_uuid7(), current_organization(), stage_id, team_id, assigned_to_id, currency, sum(lead_count),
        sum(value_minor)
    FROM removed GROUP BY stage_id, team_id, assigned_to_id, currency
    HAVING sum(lead_count) <> 0 OR sum(value_minor) <> 0
)
SELECT count(*) FROM removed
"""
AT_ONCE = 50_000


def fold_organization() -> int:
    """Fold the deltas of the organisation of the scope into one row per key; return how many rows it took."""
    tenancy.current_organization_id()
    with connection.cursor() as cursor:
        cursor.execute(FOLD, [AT_ONCE])
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def fold_all() -> int:
    """Fold the deltas of every organisation that has any; return how many rows it took."""
    with tenancy.staff_scope():
        keys = StageTotal.objects.values("organization_id", "stage_id", "team_id", "assigned_to_id", "currency")
        crowded = set(keys.annotate(rows=Count("pk")).filter(rows__gt=1).values_list("organization_id", flat=True))
    folded = 0
    for organization_id in sorted(crowded):
        with tenancy.organization_scope(organization_id):
            folded += fold_organization()
    return folded
