"""Several people, or workers, at the same moment: each with a thread and a connection of its own."""

import threading
import uuid
from collections.abc import Callable

from django.db import connection, connections

from leadcrm.core import tenancy
from tests.processes import wait_until


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Run functions in threads that start together; return what each returned or raised."""
    start = threading.Barrier(len(acts))
    results: list[object] = [None] * len(acts)

    def run(number: int, act: Callable[[], object]) -> None:
        try:
            start.wait(timeout=30)
            results[number] = act()
        except Exception as problem:  # noqa: BLE001 — the test judges it
            results[number] = problem
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads)
    return results


def act_while_others_hold(
    organization_id: uuid.UUID, change: Callable[[], object], act: Callable[[], object]
) -> object:
    """Run ``change``, let ``act`` wait for what it locked, commit, and return what ``act`` returned or raised.

    Both run in the scope of the organisation, each with a connection of its own.
    """

    def in_scope() -> object:
        with tenancy.organization_scope(organization_id):
            return act()

    result: list[object] = []
    thread = threading.Thread(target=lambda: result.extend(at_once(in_scope)))
    with tenancy.organization_scope(organization_id):
        change()
        thread.start()
        wait_until(_somebody_waits)
    thread.join(timeout=60)
    assert not thread.is_alive()
    return result[0]


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks JOIN pg_stat_activity USING (pid)"
            " WHERE NOT granted AND datname = current_database())"
        )
        return bool(cursor.fetchone()[0])
