"""Tell people from programs without asking people anything: age of the page, a trap, and work while under attack.

A *stamp* is signed and says which form a page was made for, when, and a random name of that page. The answer to a
page is accepted once. A *challenge* (after ALTCHA) is a SHA-256 whose preimage a browser searches; its salt holds the
name of the page, so that a solution serves one answer.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.core import signing
from django.utils import timezone

SALT = "leadcrm.capture"
YOUNGEST, OLDEST = timedelta(seconds=2), timedelta(hours=24)
# A phone counts to half of it within a second or two.
HARDEST_NUMBER = 60_000
TRAP = "contact_note"
MOST_LINKS = 3
LONGEST_STAMP, LONGEST_PROOF = 500, 2000

_LINK = re.compile(r"(?:https?://|www\.)", re.IGNORECASE)
_MARKUP = re.compile(r"<\s*(?:a\s|/a|script|iframe|img|svg|object)|\[url[=\]]|javascript:", re.IGNORECASE)


class Reason(StrEnum):
    """Why an answer is kept back."""

    TRAP = "trap"
    TOO_FAST = "too_fast"
    NO_PROOF = "no_proof"
    LINKS = "links"
    MARKUP = "markup"


WORDS: dict[str, str] = {
    Reason.TRAP: "A field that people do not see was filled in.",
    Reason.TOO_FAST: f"It was sent within {YOUNGEST.seconds} seconds.",
    Reason.NO_PROOF: "The form was under attack, and the sender's browser did not prove any work.",
    Reason.LINKS: "It has web addresses where people write a name, or more than a few in a text.",
    Reason.MARKUP: "It has pieces of web pages in it.",
}


class StaleStamp(Exception):
    """The stamp is too old, of another form, or not ours: the page has to be sent once more."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the stamp of a page says. ``was_asked``: the page came with a challenge, so an answer without one is odd.

    ``age`` is None for a page that came back with what was typed: sending it again at once is what people do.
    """

    form_id: uuid.UUID
    page: str
    age: timedelta | None
    was_asked: bool


def new_stamp(form_id: uuid.UUID, *, asks: bool, is_back: bool = False) -> tuple[str, str]:
    """Return a stamp for a new page, and the name of that page."""
    page = secrets.token_urlsafe(16)
    said = {"f": form_id.hex, "p": page, "a": asks, "b": is_back}
    return signing.TimestampSigner(salt=SALT).sign_object(said), page


def read_stamp(text: str, form_id: uuid.UUID) -> Stamp:
    """Return what a stamp says.

    Raises: StaleStamp.
    """
    signer = signing.TimestampSigner(salt=SALT)
    try:
        if len(text) > LONGEST_STAMP:
            raise signing.BadSignature
        said: dict[str, Any] = signer.unsign_object(text, max_age=OLDEST)
        moment = signing.b62_decode(text.rsplit(signer.sep, 2)[1])
    except (signing.BadSignature, ValueError, binascii.Error, UnicodeError) as broken:
        raise StaleStamp from broken
    if said.get("f") != form_id.hex:
        raise StaleStamp
    age = None if said.get("b") else timedelta(seconds=timezone.now().timestamp() - moment)
    return Stamp(form_id, str(said["p"]), age, bool(said["a"]))


def new_challenge(page: str) -> dict[str, Any]:
    """Return the work that the browser with this page has to do."""
    salt = f"{secrets.token_hex(8)}.{page}"
    challenge = hashlib.sha256(f"{salt}{secrets.randbelow(HARDEST_NUMBER)}".encode()).hexdigest()
    return {
        "algorithm": "SHA-256", "challenge": challenge, "salt": salt, "maxnumber": HARDEST_NUMBER,
        "signature": _signature(challenge, salt),
    }  # fmt: skip


def is_solved(text: str, page: str) -> bool:
    """Tell whether ``text``, base64 of JSON as ALTCHA sends it, solves a challenge that was made for this page."""
    if not text or len(text) > LONGEST_PROOF:
        return False
    try:
        solution = json.loads(base64.b64decode(text, validate=True))
        number, salt, challenge = int(solution["number"]), str(solution["salt"]), str(solution["challenge"])
        signature = str(solution["signature"])
    except (binascii.Error, ValueError, KeyError, TypeError, RecursionError, OverflowError):
        return False
    if not salt.endswith(f".{page}") or not 0 <= number < HARDEST_NUMBER:
        return False
    is_ours = hmac.compare_digest(_signature(challenge, salt).encode(), signature.encode("utf-8", "replace"))
    return is_ours and hashlib.sha256(f"{salt}{number}".encode()).hexdigest() == challenge


def suspicions(*, trap: str, age: timedelta | None, lines: Iterable[str], texts: Iterable[str]) -> list[Reason]:
    """Return what speaks against a person: ``lines`` are short fields, where nobody writes a link."""
    lines, texts = list(lines), list(texts)
    found = []
    if trap.strip():
        found.append(Reason.TRAP)
    if age is not None and age < YOUNGEST:
        found.append(Reason.TOO_FAST)
    if any(_LINK.search(line) for line in lines) or any(len(_LINK.findall(text)) > MOST_LINKS for text in texts):
        found.append(Reason.LINKS)
    if any(_MARKUP.search(text) for text in (*lines, *texts)):
        found.append(Reason.MARKUP)
    return found


def _signature(challenge: str, salt: str) -> str:
    key = hashlib.sha256(f"{SALT}.challenge|{settings.SECRET_KEY}".encode()).digest()
    return hmac.new(key, f"{challenge}|{salt}".encode("utf-8", "replace"), hashlib.sha256).hexdigest()
