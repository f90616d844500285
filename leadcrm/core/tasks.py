"""Background tasks of the platform, and the base of every task that works for one organisation."""

from __future__ import annotations

import logging
from typing import Any

from celery import Task, shared_task
from django.core.management import call_command
from django.db import close_old_connections, connection

from leadcrm.core import logs, tenancy

logger = logging.getLogger(__name__)


class OrganizationTask(Task):  # type: ignore[type-arg]
    """A task whose first argument is the organisation; it runs inside that organisation's scope.

    A task that manages transactions of its own (long jobs in chunks) sets ``opens_scope = False`` and
    opens a scope for each chunk.
    """

    abstract = True
    opens_scope = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        organization_id = kwargs.get("organization_id") or (args[0] if args else None)
        if not organization_id:
            raise ValueError(f"{self.name} needs the organisation as its first argument.")
        token = logs.request_id.set(f"task-{(self.request.id or 'eager')[:12]}")
        try:
            if not self.opens_scope or tenancy.maybe_scope() is not None:
                return self.run(*args, **kwargs)
            close_old_connections()
            with tenancy.organization_scope(organization_id):
                return self.run(*args, **kwargs)
        finally:
            logs.request_id.reset(token)


@shared_task(name="core.prepare_partitions")
def prepare_partitions() -> int:
    """Create the partitions of the coming three months; a default partition catches what comes too early."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(prepare_month_partitions(c.relname::text, 0, 3)) FROM pg_partitioned_table p"
            " JOIN pg_class c ON c.oid = p.partrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = 'public'"
        )
        row = cursor.fetchone()
    return int(row[0]) if row else 0


@shared_task(name="core.clear_sessions")
def clear_sessions() -> None:
    """Delete expired sessions."""
    call_command("clearsessions")


@shared_task(name="core.sweep_throttle")
def sweep_throttle() -> int:
    """Delete hits that no limit counts any more."""
    from leadcrm.core import throttle

    return throttle.sweep()
