"""E-mail addresses: one usable address out of what people put into such a cell."""

from __future__ import annotations

import re
from dataclasses import dataclass

from leads.importing.problems import ValueProblem
from leads.importing.values.text import clean_line

LIMIT = 254
_PLAIN = re.compile(
    r"[A-Za-z0-9!#$%&*+/=?^_{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])"
)
_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])"
)
_SEPARATORS = re.compile(r"[;,|\s<>()\[\]\"]+|/(?=[^/@\s]+@)")
_ACCEPTED = "An address looks like name@company.com."


@dataclass(frozen=True, slots=True)
class EmailCell:
    """The address to use, and the others that stood beside it."""

    address: str
    others: tuple[str, ...] = ()


def parse_email(text: str) -> EmailCell:
    """Return the first usable address of a cell with its domain in lower case.

    Raises: ValueProblem.
    """
    if len(text) <= LIMIT and _PLAIN.fullmatch(text):
        local, _, domain = text.rpartition("@")
        if len(local) <= 64:
            return EmailCell(text if domain.islower() else f"{local}@{domain.lower()}")
    text = clean_line(text)
    found: list[str] = []
    reason = ""
    for part in _SEPARATORS.split(text):
        part = part.strip(".,;:'`“”‘’«»").strip()
        if part[:7].casefold() == "mailto:":
            part = part[7:].partition("?")[0].strip(".,;:'`")
        if "@" not in part:
            continue
        try:
            address = _checked(part)
        except ValueProblem as problem:
            reason = reason or problem.message
            continue
        if address.casefold() not in {other.casefold() for other in found}:
            found.append(address)
    if found:
        return EmailCell(found[0], tuple(found[1:]))
    raise ValueProblem("bad_email", reason or f"This is not an e-mail address. {_ACCEPTED}")


def _checked(part: str) -> str:
    local, _, domain = part.rpartition("@")
    domain = domain.rstrip(".")
    if not local.isascii():
        raise ValueProblem("bad_email", f"Before the @ only letters without accents can be mailed to. {_ACCEPTED}")
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode("ascii")
        except UnicodeError:
            raise ValueProblem("bad_email", f"The part behind the @ is not a domain. {_ACCEPTED}") from None
    address = f"{local}@{domain.lower()}"
    if len(address) > LIMIT or len(local.encode("utf-8", "replace")) > 64:
        raise ValueProblem("too_long", f"The address is too long: at most {LIMIT} characters, 64 before the @.")
    if not _ADDRESS.fullmatch(address):
        raise ValueProblem("bad_email", f"This is not an e-mail address. {_ACCEPTED}")
    return address
