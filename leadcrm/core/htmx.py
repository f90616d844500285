"""Answer htmx: one template serves the page and its fragments, and events travel in a header."""

import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render as render_template
from django.utils.cache import patch_vary_headers

from leadcrm.core.navigation import wants_fragment

TRIGGER = "HX-Trigger"


def render(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    partial: str | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render the page, or its named partial when htmx asked for a fragment.

    A boosted request and a history restore get the page, because htmx replaces the whole body then.
    The server names the partial and never takes the name from the client.
    """
    name = f"{template}#{partial}" if partial and wants_fragment(request) else template
    response = render_template(request, name, dict(context or {}), status=status)
    patch_vary_headers(response, ("HX-Request",))
    return response


def trigger(response: HttpResponse, name: str, detail: object = None) -> HttpResponse:
    """Announce the event ``name`` in the browser, on top of the events the response already carries."""
    events: dict[str, object] = json.loads(response[TRIGGER]) if response.has_header(TRIGGER) else {}
    events[name] = {} if detail is None else detail
    # Headers are Latin-1, so every other letter travels as a JSON escape.
    response[TRIGGER] = json.dumps(events, ensure_ascii=True)
    return response


def toast(
    response: HttpResponse,
    text: str,
    undo_url: str | None = None,
    *,
    tone: str = "success",
    link: tuple[str, str] | None = None,
) -> HttpResponse:
    """Show a short message; ``undo_url`` is posted to when the person takes the offer to undo.

    ``link`` is an address and its words: what to do next.
    """
    detail: dict[str, object] = {"text": text, "tone": tone}
    if undo_url:
        detail["undo"] = undo_url
    if link:
        detail["link"] = {"url": link[0], "text": link[1]}
    return trigger(response, "toast", detail)


def no_content() -> HttpResponse:
    """Return 204, which htmx does not swap; events are added to it."""
    return HttpResponse(status=204)


def redirect(request: HttpRequest, url: str) -> HttpResponse:
    """Send the browser to ``url``, whether htmx or a plain form asked."""
    if getattr(request, "htmx", None):
        response = HttpResponse(status=204)
        response["HX-Redirect"] = url
        return response
    response = HttpResponse(status=303)
    response["Location"] = url
    return response
