"""Bring many rows into the database at once.

COPY is refused for tables with policies, so rows are copied into a temporary table of the transaction and inserted
from there, where policies, keys and triggers do their work.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, models
from django.db.backends.utils import CursorWrapper

from leads.models import Lead


def column_type(field: models.Field[Any, Any]) -> str:
    """Return the database type of a column."""
    return str(field.db_type(connection))


def lead_columns() -> dict[str, models.Field[Any, Any]]:
    """Return the columns of a lead that can be written, by their names in the database."""
    return {
        field.column: field
        for field in Lead._meta.concrete_fields
        if not getattr(field, "generated", False) and field.column is not None
    }


def create(cursor: CursorWrapper, table: str, columns: Mapping[str, str]) -> None:
    """Make a temporary table that is gone at the end of the transaction."""
    listed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    cursor.execute(f"CREATE TEMPORARY TABLE {table} ({listed}) ON COMMIT DROP")


def copy(cursor: CursorWrapper, table: str, columns: Iterable[str], rows: Iterable[Sequence[Any]]) -> None:
    """Copy rows into a temporary table; JSON comes as text."""
    with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as stream:
        for row in rows:
            stream.write_row(row)


def insert(cursor: CursorWrapper, table: str, columns: Mapping[str, str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows into a table with policies; ``columns`` maps their names to their types."""
    if not rows:
        return
    staged = f"staged_{table}"
    create(cursor, staged, columns)
    copy(cursor, staged, columns, rows)
    names = ", ".join(columns)
    cursor.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM {staged}")  # noqa: S608 — our own names
    cursor.execute(f"DROP TABLE {staged}")


def literal(value: Any, kind: str) -> str:
    """Return a constant of ours as it is written in a statement."""
    if value is None:
        return f"NULL::{kind}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, Decimal)):
        return f"{value}::{kind}"
    text = json.dumps(value) if isinstance(value, (dict, list)) else str(value)
    return "'{}'::{}".format(text.replace("'", "''"), kind)


def plain(value: Any) -> Any:
    """Return a value as JSON keeps it, the same for what was read and for what is written."""
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (Decimal, UUID)):
        return str(value)
    return value
