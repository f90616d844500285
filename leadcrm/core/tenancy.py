"""The organisation of the running request or task: the first of the two walls between customers.

A scope is a context variable and a database transaction opened together. The variable makes managers
of tenant models filter (and refuse to work without a scope); the transaction carries
``SET LOCAL app.organization_id``, which the row level security policies of PostgreSQL compare with.
``SET LOCAL`` and never ``SET``: through a pooler in transaction mode a session setting would leak to the
next client of the connection.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

STAFF_ROLE = "leadcrm_staff"


class NoOrganizationScope(RuntimeError):
    """A tenant model was touched outside any organisation scope."""


class NestedScope(RuntimeError):
    """A scope of one organisation was opened inside the scope of another."""


@dataclass
class Scope:
    """Whose rows are visible, who acts, and what has been looked up once for this scope."""

    organization_id: uuid.UUID | None
    actor_id: uuid.UUID | None = None
    is_staff: bool = False
    # Per-scope memo (settings of the organisation, for one), so that a page asks once.
    memo: dict[str, Any] = field(default_factory=dict)


_scope: ContextVar[Scope | None] = ContextVar("leadcrm_scope", default=None)


def current_scope() -> Scope:
    """Return the scope in force.

    Raises: NoOrganizationScope.
    """
    scope = _scope.get()
    if scope is None:
        raise NoOrganizationScope("No organisation scope is open: enter organization_scope() or staff_scope() first.")
    return scope


def maybe_scope() -> Scope | None:
    """Return the scope in force, or None."""
    return _scope.get()


def current_organization_id() -> uuid.UUID:
    """Return the organisation of the scope.

    Raises: NoOrganizationScope, also in a staff scope, which belongs to no single organisation.
    """
    organization_id = current_scope().organization_id
    if organization_id is None:
        raise NoOrganizationScope("The staff scope spans organisations; name the organisation explicitly.")
    return organization_id


def _set_local(organization_id: uuid.UUID | None, actor_id: uuid.UUID | None) -> str:
    # uuid.UUID() makes the values safe to write into the statement; Citus forwards only SET LOCAL as text.
    organization = str(uuid.UUID(str(organization_id))) if organization_id else ""
    actor = str(uuid.UUID(str(actor_id))) if actor_id else ""
    return f"SET LOCAL app.organization_id = '{organization}'; SET LOCAL app.actor_id = '{actor}'"


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@contextmanager
def _in_force(scope: Scope) -> Iterator[Scope]:
    """Make ``scope`` the current one, and stop before the transaction commits.

    What runs on commit finds no scope then and opens its own, instead of taking one for open whose settings
    went with the transaction.
    """
    token = _scope.set(scope)
    try:
        yield scope
    finally:
        _scope.reset(token)


@contextmanager
def organization_scope(organization_id: uuid.UUID | str, *, actor_id: uuid.UUID | None = None) -> Iterator[Scope]:
    """Open a transaction in which only the rows of one organisation exist.

    Opening the scope that is already open is harmless and keeps its actor.

    Raises: NestedScope when another organisation's scope, or a staff scope, is open.
    """
    organization_id = uuid.UUID(str(organization_id))
    outer = _scope.get()
    if outer is not None:
        if outer.is_staff or outer.organization_id != organization_id:
            raise NestedScope("Finish one organisation scope before opening another.")
        with transaction.atomic():
            yield outer
        return
    with transaction.atomic():
        _execute(_set_local(organization_id, actor_id))
        with _in_force(Scope(organization_id, actor_id)) as scope:
            yield scope
        # Inside an outer transaction (tests) SET LOCAL would outlive the scope.
        if not transaction.get_rollback():
            _execute(_set_local(None, None))


@contextmanager
def staff_scope(*, actor_id: uuid.UUID | None = None) -> Iterator[Scope]:
    """Open a transaction that sees every organisation, for the admin and for maintenance jobs only.

    The application role does not inherit the staff role; it takes it on for this transaction alone.

    Raises: NestedScope inside an organisation scope.
    """
    outer = _scope.get()
    if outer is not None:
        if not outer.is_staff:
            raise NestedScope("The staff scope cannot be opened inside an organisation scope.")
        with transaction.atomic():
            yield outer
        return
    with transaction.atomic():
        _execute(f"{_set_local(None, actor_id)}; SET LOCAL ROLE {STAFF_ROLE}")
        with _in_force(Scope(None, actor_id, is_staff=True)) as scope:
            yield scope
        if not transaction.get_rollback():
            _execute(f"RESET ROLE; {_set_local(None, None)}")


@contextmanager
def staff_in_organization(organization_id: uuid.UUID | str) -> Iterator[Scope]:
    """Narrow the staff scope to one organisation for a while, so that staff act through the same services.

    Services ask for settings, stages and rates of *the* organisation; in the staff scope they would meet
    those of all of them.

    Raises: NestedScope outside a staff scope.
    """
    outer = current_scope()
    if not outer.is_staff:
        raise NestedScope("Only the staff scope can be narrowed.")
    organization_id = uuid.UUID(str(organization_id))
    # A failure rolls back to the savepoint, and with it the role and the settings.
    with transaction.atomic():
        _execute(f"RESET ROLE; {_set_local(organization_id, outer.actor_id)}")
        with _in_force(Scope(organization_id, outer.actor_id)) as scope:
            yield scope
        if not transaction.get_rollback():
            _execute(f"{_set_local(None, outer.actor_id)}; SET LOCAL ROLE {STAFF_ROLE}")


def on_commit(callback: Callable[[], object]) -> None:
    """Run ``callback`` after the commit, inside a scope like the one in force now.

    After a commit the transaction of the scope is gone and with it every setting it carried.
    """
    scope = current_scope()

    def in_scope() -> None:
        # The scope that is ending is still in the variable, but its transaction is over.
        token = _scope.set(None)
        try:
            run()
        finally:
            _scope.reset(token)

    def run() -> None:
        if scope.is_staff:
            with staff_scope(actor_id=scope.actor_id):
                callback()
        elif scope.organization_id is not None:
            with organization_scope(scope.organization_id, actor_id=scope.actor_id):
                callback()

    transaction.on_commit(in_scope)
