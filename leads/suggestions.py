"""Values to choose from in free-text filters: what the organisation really has, read by jumping through an index.

A DISTINCT over a million leads would read them all. The loose scan below asks the index for the next larger
value, over and over, and stops after a hundred.
"""

from __future__ import annotations

from django.db import connection

COLUMNS = ("country", "city", "industry")
MOST = 100

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


def all_values() -> dict[str, list[str]]:
    """Return up to a hundred values of each column, in alphabetical order. Costs a query."""
    values: dict[str, list[str]] = {column: [] for column in COLUMNS}
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"({LOOSE_SCAN.format(column, MOST)})" for column in COLUMNS))
        for column, value in cursor.fetchall():
            values[column].append(value)
    return values
