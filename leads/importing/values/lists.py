"""Cells that hold more than one value: tags, objects in JSON, addresses in one piece."""

from __future__ import annotations

import csv
import ipaddress
import json
import re
from string import punctuation
from typing import Any

from leads.importing.problems import ValueProblem
from leads.importing.values.text import check_length, clean_line

MAX_TAGS = 50
_ADDRESS_PARTS = {
    "street": "street", "line1": "street", "address1": "street", "streetaddress": "street", "city": "city",
    "state": "state", "region": "state", "country": "country", "postalcode": "postal_code",
    "postal_code": "postal_code", "zip": "postal_code", "zipcode": "postal_code",
}  # fmt: skip


def parse_tags(text: str, *, limit: int = 100) -> tuple[str, ...]:
    """Return the tags of a cell, each once whatever its case: separated by commas, semicolons or bars, or as a list.

    Lists are understood as PostgreSQL and JSON write them.

    Raises: ValueProblem for a tag that is too long or too many of them.
    """
    parts: list[str]
    text = text.strip()
    if text.startswith("[") and text.endswith("]"):
        try:
            loaded = json.loads(text)
            parts = [str(item) for item in loaded if not isinstance(item, (list, dict))]
        except (ValueError, RecursionError):
            parts = [part.strip(" '\"") for part in text[1:-1].split(",")]
    elif text.startswith("{") and text.endswith("}"):
        try:
            parts = next(csv.reader([text[1:-1]], escapechar="\\", doublequote=False), [])
        except csv.Error:
            parts = text[1:-1].split(",")
    else:
        parts = re.split(r"[;|\n]" if re.search(r"[;|\n]", text) else ",", text)
    tags: dict[str, str] = {}
    for part in parts:
        tag = clean_line(part).lstrip(" ,;|#").rstrip(" ,;|")
        if tag.strip(punctuation) and tag.casefold() not in {"null", "none", "-", "n/a"}:
            tags.setdefault(tag.casefold(), check_length(tag, limit))
    if len(tags) > MAX_TAGS:
        raise ValueProblem("too_many_tags", f"The cell holds {len(tags)} tags; at most {MAX_TAGS} are accepted.")
    return tuple(tags.values())


def parse_object(text: str, *, limit: int) -> dict[str, Any]:
    """Return an object written in JSON.

    Raises: ValueProblem, also for what PostgreSQL cannot store.
    """
    check_length(text, limit)
    try:
        loaded = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        loaded = None
    if not isinstance(loaded, dict):
        raise ValueProblem("bad_json", 'This is not an object in JSON, such as {"channel": "email"}.')
    cleaned: dict[str, Any] = _storable(loaded, 0)
    return cleaned


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def _storable(value: Any, depth: int) -> Any:
    if depth > 20:
        raise ValueProblem("bad_json", "The object is nested too deeply.")
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {_storable(key, depth): _storable(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_storable(item, depth + 1) for item in value]
    return value


def parse_address(text: str) -> dict[str, str]:
    """Return the parts of an address: those of an object in JSON, else the whole text as its street."""
    if text.lstrip().startswith("{"):
        try:
            parts = parse_object(text, limit=5_000)
        except ValueProblem:
            parts = {}
        found: dict[str, str] = {}
        for name, part in parts.items():
            target = _ADDRESS_PARTS.get(name.replace(" ", "").replace("-", "").casefold())
            if target and isinstance(part, (str, int)) and (line := clean_line(str(part))):
                found.setdefault(target, line)
        if found:
            return found
    return {"street": clean_line(", ".join(filter(None, map(str.strip, text.splitlines()))))}


def parse_ip_address(text: str) -> str:
    """Return an address without the part that names one connection: /24 of version 4, /48 of version 6.

    Raises: ValueProblem.
    """
    try:
        address = ipaddress.ip_address(clean_line(text))
    except ValueError:
        raise ValueProblem("bad_ip_address", "This is not an IP address.") from None
    network = ipaddress.ip_network(
        f"{address}".partition("%")[0] + ("/24" if address.version == 4 else "/48"), strict=False
    )
    return str(network.network_address)
