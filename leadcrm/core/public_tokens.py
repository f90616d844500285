"""Secrets in links for people without an account: shared results, unfinished work, proposals to accept.

A token has 256 random bits and is kept nowhere; the row has its SHA-256. Before the organisation is known, row level
security hides the row, so a function with rights of its own (``tables.TokenLookup`` makes it) looks it up and returns
two ids and nothing else.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import uuid
from dataclasses import dataclass

from django.db import connection

from leadcrm.core import tenancy

# A token of 32 bytes in URL-safe letters; what is longer was never given out and is not worth hashing.
LONGEST = 64


@dataclass(frozen=True)
class Found:
    """What a token leads to before anything else is known."""

    organization_id: uuid.UUID
    id: uuid.UUID


def new_token() -> tuple[str, str]:
    """Return a new token for a link, and the hash that the row keeps."""
    token = secrets.token_urlsafe(32)
    return token, hash_token(token)


def hash_token(token: str) -> str:
    """Return what the row keeps: 64 hexadecimal digits. A token is random, so a salt would add nothing."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def find(function: str, token: str) -> Found | None:
    """Ask a function made by ``tables.TokenLookup`` without a scope. Costs a query."""
    if not re.fullmatch(r"[a-z_]{1,63}", function):
        raise ValueError(f"{function!r} is no name of a function.")
    if not token or len(token) > LONGEST:
        return None
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT organization_id, id FROM {function}(%s)", [hash_token(token)])  # noqa: S608 — checked above
        row = cursor.fetchone()
    return Found(*row) if row else None


def find_here(function: str, token: str) -> uuid.UUID | None:
    """Return the id that a token leads to, if it is of the organisation of the scope. Costs a query."""
    found = find(function, token)
    return found.id if found and found.organization_id == tenancy.current_organization_id() else None
