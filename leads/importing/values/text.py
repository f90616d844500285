"""Text as it may be stored: no invisible signs, no stray spaces, and a word for "nothing" recognised as nothing."""

from __future__ import annotations

import re
import unicodedata

from leadcrm.core.signs import INVISIBLE, LINE_ENDS
from leads.importing.problems import ValueProblem

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# Joiners shape letters in Indic scripts and Persian, and emoji; after a Latin letter they only hide.
_IDLE_JOINERS = re.compile("(^|[\x00-\u024f])[\u200c\u200d]+")
_SPACES = re.compile(r"[^\S\n]+")
_BLANK_LINES = re.compile(r"\n{3,}")


def clean_line(text: str) -> str:
    """Return ``text`` on one line, without invisible signs, with single spaces, in composed Unicode."""
    if text.isascii() and text.isprintable():
        text = text.strip(" ")
        return " ".join(text.split()) if "  " in text else text
    text = _visible(text)
    return unicodedata.normalize("NFC", " ".join(text.split()).strip("\u200c\u200d"))


def clean_block(text: str) -> str:
    """Return ``text`` with its line breaks, otherwise like ``clean_line``; no more than one empty line in a row."""
    if "\n" not in text and "\r" not in text and text.isascii() and text.isprintable():
        return clean_line(text)
    text = _visible(LINE_ENDS.sub("\n", text))
    lines = (_SPACES.sub(" ", line).strip().strip("\u200c\u200d") for line in text.split("\n"))
    return unicodedata.normalize("NFC", _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip("\n"))


def storable(text: str) -> str:
    """Return ``text`` as it stands, but without what PostgreSQL cannot store: NUL and halves of surrogate pairs."""
    return _UNSTORABLE.sub("\ufffd", text)


def _visible(text: str) -> str:
    text = INVISIBLE.sub("", text)
    return _IDLE_JOINERS.sub(r"\1", text) if "\u200c" in text or "\u200d" in text else text


def check_length(text: str, limit: int) -> str:
    """Return ``text``; raise ValueProblem where it is longer than ``limit``."""
    if len(text) > limit:
        raise ValueProblem("too_long", f"The text has {len(text):,} characters; at most {limit:,} fit. Shorten it.")
    return text
