"""Live updates: after a commit, ids travel to the browsers of the organisation that may see them.

Only ids are sent; the browser fetches what they stand for through the normal view, which checks rights.
``pg_notify`` runs in a statement of its own after the commit, because inside the write transaction it
would serialise every commit of the database. With Redis the same message goes through pub/sub.
"""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction

from leadcrm.core import tenancy
from leadcrm.core.models import new_id
from leadcrm.core.registry import Registry

logger = logging.getLogger(__name__)

CHANNEL = "leadcrm_live"


@dataclass(frozen=True)
class Audience:
    """Who holds an open stream. ``facts`` come from the database, by the name of the app that asked for them."""

    user_id: uuid.UUID
    organization_id: uuid.UUID
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Kind:
    """One kind of news: who may hear of an event, and which of its fields leave the server."""

    sees: Callable[[Mapping[str, Any], Audience], bool]
    shows: tuple[str, ...] = ("id",)


# Apps fill these in ``ready()``. A fact is computed from the user, inside the scope of the organisation.
KINDS: Registry[Kind] = Registry("kind of live news")
FACTS: Registry[Callable[[Any], Any]] = Registry("fact about a listener")
# The browser tab that caused the change, so that it can tell its own news from those of others.
client: ContextVar[str] = ContextVar("leadcrm_client", default="")


def announce(kind: str, **ids: Any) -> None:
    """Tell the browsers of this organisation, after the commit, that ``kind`` happened to the ids named."""
    announce_for(tenancy.current_organization_id(), kind, **ids)


def announce_for(organization_id: uuid.UUID, kind: str, **ids: Any) -> None:
    """Do as ``announce`` does, for code that works in the staff scope.

    Raises: KeyError for a kind that nobody registered, because nobody would ever hear it.
    """
    KINDS.get(kind)
    news = {"uid": new_id().hex, "organization": organization_id, "kind": kind, "by": client.get(), **ids}
    message = json.dumps(news, default=str)
    transaction.on_commit(lambda: _send(message), robust=True)


def _send(message: str) -> None:
    try:
        if settings.REDIS_URL:
            _redis().publish(CHANNEL, message)
        else:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, message])
    except (DatabaseError, OSError):
        # The change itself is saved; a page that misses the news shows it on the next load.
        logger.exception("A live update could not be sent.")


def _redis() -> Any:
    import redis

    global _client
    if _client is None:
        _client = redis.Redis.from_url(settings.REDIS_URL)
    return _client


_client: Any = None
