"""Where a visitor came from: the first and the last time that something brought them, as their own browser kept it.

All of it is typed by strangers: it is cleaned, shortened, and never trusted for anything but statistics.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from leadcrm.core.forms import NameField

FIELD = "attribution"
UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
LONGEST, LONGEST_ADDRESS, LONGEST_JSON = 255, 500, 8_000
_line = NameField(required=False)


def read_attribution(data: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Return {first, last} out of the hidden field, or out of plain ``utm_`` fields where no script ran."""
    said = _json(str(data.get(FIELD, "")))
    found = {touch: cleaned for touch in ("first", "last") if (cleaned := _touch(said.get(touch)))}
    plain = _touch(data)
    if plain and "last" not in found:
        found["last"] = plain
    if "last" in found:
        found.setdefault("first", found["last"])
    return found


def attribution_of_page(query: Mapping[str, Any], referrer: str, page: str) -> str:
    """Return the hidden field of a page of ours, made of its own address and of where the visitor came from."""
    touch = _touch({**{name: query.get(name, "") for name in UTM}, "referrer": referrer, "landing_page": page})
    return json.dumps({"first": touch, "last": touch}) if touch else ""


def address(text: Any) -> str:
    """Return a web address without query and fragment, which may hold secrets; empty for what is none."""
    try:
        parts = urlsplit(str(text).strip())
        host = parts.hostname or ""
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host:
        return ""
    return _clean(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}")[:LONGEST_ADDRESS]


def _json(text: str) -> dict[str, Any]:
    if not text or len(text) > LONGEST_JSON:
        return {}
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _touch(said: Any) -> dict[str, str]:
    if not isinstance(said, Mapping):
        return {}
    found = {name: _clean(said.get(name, ""))[:LONGEST] for name in UTM}
    found |= {name: address(said.get(name, "")) for name in ("referrer", "landing_page")}
    return {name: text for name, text in found.items() if text}


def _clean(value: Any) -> str:
    return str(_line.to_python(value)) if isinstance(value, str) else ""
