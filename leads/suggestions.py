"""Values to choose from in free-text filters: what the leads that a person sees really have.

A DISTINCT over a million leads would read them all. For those who see everything, the loose scan below asks the index
for the next larger value, over and over, and stops after a hundred. Whoever sees less is shown values of some of the
leads within reach, because a list of the organisation's cities would tell where leads are that are kept from them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

from leads.models import Lead
from leads.querysets import ALL, reach_of

if TYPE_CHECKING:
    from leadcrm.accounts.models import User

COLUMNS = ("country", "city", "industry")
MOST = 100
# Enough of one person's leads to know most of their values, few enough to be read for every panel.
MOST_READ = 2_000

# The organisation is added by row level security; the column's name is one of ours.
LOOSE_SCAN = """
WITH RECURSIVE found AS (
    (SELECT {0} AS value FROM leads_lead WHERE {0} <> '' AND organization_id = current_organization()
     ORDER BY {0} LIMIT 1)
    UNION ALL
    SELECT (SELECT {0} FROM leads_lead WHERE {0} <> '' AND organization_id = current_organization()
                AND {0} > found.value ORDER BY {0} LIMIT 1)
    FROM found WHERE found.value IS NOT NULL
)
SELECT '{0}', value FROM (SELECT value FROM found WHERE value IS NOT NULL LIMIT {1}) jumps
"""


def values_for(user: User) -> dict[str, list[str]]:
    """Return up to a hundred values of each column, in alphabetical order. Costs a query."""
    return _values_of_all() if reach_of(user) == ALL else _values_within_reach(user)


def _values_within_reach(user: User) -> dict[str, list[str]]:
    rows = list(Lead.objects.visible_to(user).order_by().values_list(*COLUMNS)[:MOST_READ])
    columns = zip(*rows, strict=True) if rows else ((),) * len(COLUMNS)
    return {
        name: sorted({value for value in found if value})[:MOST] for name, found in zip(COLUMNS, columns, strict=True)
    }


def _values_of_all() -> dict[str, list[str]]:
    values: dict[str, list[str]] = {column: [] for column in COLUMNS}
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"({LOOSE_SCAN.format(column, MOST)})" for column in COLUMNS))
        for column, value in cursor.fetchall():
            values[column].append(value)
    return values
