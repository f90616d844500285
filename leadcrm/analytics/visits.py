"""What is kept of a visit to a public page: enough to count, too little to know somebody again."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.urls import Resolver404, resolve

from leadcrm.core.addresses import network_of, visitor_id
from leadcrm.core.user_agents import reduce_user_agent

LONGEST = 500


@dataclass(frozen=True)
class Visit:
    """One request, already shortened: network, browser family, and a session that ends at midnight UTC."""

    session_id: str = ""
    url: str = ""
    referrer: str = ""
    user_agent: str = ""
    ip_address: str = ""


def visit_of(request: HttpRequest) -> Visit:
    """Return what may be stored of a request. Nothing is kept in the browser for it."""
    return Visit(
        session_id=visitor_id(request),
        url=without_secrets(request.path)[:LONGEST],
        referrer=_referrer(request),
        user_agent=reduce_user_agent(request.headers.get("user-agent")),
        ip_address=network_of(request),
    )


def wants_no_count(request: HttpRequest) -> bool:
    """Tell whether the browser asks not to be counted: Global Privacy Control, or Do Not Track."""
    return "1" in (request.headers.get("sec-gpc"), request.headers.get("dnt"))


def without_secrets(path: str) -> str:
    """Return one of our paths with its tokens taken out: who reads the events must not be able to open the links."""
    try:
        found = resolve(path)
    except Resolver404:
        return path
    for name, value in found.kwargs.items():
        if "token" in name:
            path = path.replace(str(value), "…")
    return path


def _referrer(request: HttpRequest) -> str:
    """Return where the visitor came from, without the query, which may hold anything."""
    try:
        parts = urlsplit(request.headers.get("referer", ""))
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return ""
    if parts.netloc == request.get_host():
        return without_secrets(parts.path)[:LONGEST]
    return f"{parts.scheme}://{parts.hostname or ''}{parts.path}"[:LONGEST]
