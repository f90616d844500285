"""Limits on how often strangers may do something, kept in PostgreSQL: they hold across processes and without Redis.

Each allowed hit is a row, and a limit is a count of the rows of the last seconds. Nothing is updated, so a thousand
requests for one form do not queue for one counter. Refused hits leave no row: hammering costs a read. Requests that
run at the same moment do not see each other's hits, so a limit can be passed by as many as there are threads.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import connection
from django.http import HttpRequest
from django.utils import timezone

from leadcrm.core.addresses import daily_pseudonym, network_of

HIT = """
INSERT INTO core_throttle (key, at, ends_at)
SELECT %(key)s, %(now)s, %(ends_at)s
WHERE (SELECT count(*) FROM (SELECT 1 FROM core_throttle WHERE key = %(key)s AND at > %(since)s LIMIT %(limit)s) recent)
    < %(limit)s
RETURNING 1
"""


def hit(key: str, limit: int, seconds: int) -> bool:
    """Count one more of ``key`` and tell whether it is allowed: at most ``limit`` within ``seconds``.

    What is rolled back with its transaction is not counted. Costs a query.
    """
    now, span = timezone.now(), timedelta(seconds=seconds)
    with connection.cursor() as cursor:
        cursor.execute(
            HIT,
            {
                "key": daily_pseudonym("throttle", key),
                "now": now,
                "since": now - span,
                "ends_at": now + span,
                "limit": limit,
            },
        )
        return cursor.fetchone() is not None


def visitor_key(request: HttpRequest, *parts: object) -> str:
    """Return the key of a limit per network (IPv4 /24, IPv6 /48) and per what ``parts`` name, a form for one."""
    return "|".join([network_of(request) or "unknown", *map(str, parts)])


def sweep() -> int:
    """Delete the hits that no limit counts any more; return how many."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM core_throttle WHERE ends_at < %s", [timezone.now()])
        return int(cursor.rowcount)
