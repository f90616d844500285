"""Middleware that needs no user: request id, theme, privacy of answers, and the cost of a page for benchmarks."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse

from leadcrm.core import live, logs

THEMES = {"light", "dark"}


class RequestContextMiddleware:
    """Name the request, read the theme cookie, and report the cost of the page when asked to.

    The theme is in a cookie so that the first byte of the page is already right: no flash, no script.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.reports_cost = bool(settings.REPORT_PAGE_COST)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = logs.request_id.set(logs.new_request_id())
        client = live.client.set(_client_of(request))
        theme = request.COOKIES.get("theme", "")
        request.theme = theme if theme in THEMES else ""  # type: ignore[attr-defined]
        try:
            response = self._measured(request) if self.reports_cost else self.get_response(request)
            response["X-Request-ID"] = logs.request_id.get()
            return response
        finally:
            live.client.reset(client)
            logs.request_id.reset(token)

    def _measured(self, request: HttpRequest) -> HttpResponse:
        cost = QueryCost()
        cpu = time.thread_time()
        with connection.execute_wrapper(cost):
            response = self.get_response(request)
        response["X-SQL-Count"] = str(cost.count)
        response["Server-Timing"] = (
            f"sql;dur={cost.seconds * 1000:.2f}, cpu;dur={(time.thread_time() - cpu) * 1000:.2f}"
        )
        return response


class PrivateAnswersMiddleware:
    """Keep every answer that does not say otherwise out of caches: proxies', and the browser's own disk.

    Whoever signs out on a shared computer leaves no page behind for the Back button of the next person. Static files
    are served before this and keep what they say themselves.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response


def _client_of(request: HttpRequest) -> str:
    """Return the id of the browser tab, which its scripts choose; anything else counts as no tab."""
    named = request.headers.get("X-Client", "")
    return named if len(named) <= 64 and named.replace("-", "").isalnum() else ""


class QueryCost:
    """Count the statements of a request and the time spent waiting for them."""

    def __init__(self) -> None:
        self.count = 0
        self.seconds = 0.0

    def __call__(self, execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        self.count += 1
        start = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.seconds += time.perf_counter() - start
