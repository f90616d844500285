"""The request id of the running request or task, for log lines and audit entries, and what no log may hold."""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Iterable
from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="-")


def new_request_id() -> str:
    return uuid.uuid4().hex[:16]


class ContextFilter(logging.Filter):
    """Put the request id on every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True


class SecretLinksFilter(logging.Filter):
    """Take the secret out of addresses that are one: Django logs the path of every request that it refuses.

    ``prefixes`` are the beginnings of such paths, in which ``*`` stands for one part; what follows them up to the next
    slash or blank is the secret.
    """

    def __init__(self, prefixes: Iterable[str]) -> None:
        super().__init__()
        beginnings = (re.escape(prefix).replace(r"\*", r"[^/\s]+") for prefix in prefixes)
        self._links = re.compile(rf"({'|'.join(beginnings)})[^/\s]+")

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        cleaned = self._links.sub(r"\1…", message)
        if cleaned != message:
            record.msg, record.args = cleaned, ()
        return True
