"""Keys under which headers and words are compared, however they are written."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256


@lru_cache(maxsize=8192)
def plain_key(text: str) -> str:
    """Reduce a text to what is compared: its letters and digits, without case or accents.

    ``companyName``, ``company_name`` and ``Company Name*`` are all ``companyname``.
    """
    flat = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in flat if sign.isalnum())


def header_fingerprint(headers: Sequence[str]) -> str:
    """Return a short key for a set of headers, whatever their order, case and punctuation.

    A mapping is remembered under it and found again when a file with the same columns comes.
    """
    joined = "\n".join(sorted(plain_key(header) or header.strip() for header in headers))
    return sha256(joined.encode("utf-8", "replace")).hexdigest()[:32]


def word_set(text: str) -> frozenset[str]:
    """Return the words of ``text``; long lists read better as prose than as literals."""
    return frozenset(text.split())


def phrase_set(text: str) -> frozenset[str]:
    """Return what stands between the commas of ``text``."""
    return frozenset(" ".join(phrase.split()) for phrase in text.split(",") if phrase.strip())
