"""Text that strangers typed, made fit for a mail in somebody else's name."""

from __future__ import annotations

import re
import unicodedata

from leadcrm.core.signs import INVISIBLE, LINE_ENDS

# What mail programs turn into a link, and what is no part of a name: addresses, paths, markup, a word with a dot
# inside that could be a domain.
_NO_NAME = re.compile(r"[@/\\<>:{}\[\]|=*#%&+~^]|\w\.\w{2,}|\bwww\b", re.IGNORECASE)
LONGEST_NAME = 60


def one_line(text: object, limit: int) -> str:
    """Return ``text`` on one line, without invisible signs, cut at ``limit``."""
    line = " ".join(INVISIBLE.sub("", LINE_ENDS.sub("\n", str(text))).split())
    line = unicodedata.normalize("NFC", line)
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def block(text: object, limit: int) -> str:
    """Return ``text`` with its line breaks, never more than one empty line in a row, cut at ``limit``."""
    lines = [one_line(line, limit) for line in LINE_ENDS.sub("\n", str(text)).split("\n")]
    joined = re.sub(r"\n{3,}", "\n\n", "\n".join(lines).strip("\n"))
    return joined if len(joined) <= limit else joined[: limit - 1].rstrip() + "…"


def greeting_name(text: object) -> str:
    """Return a name to greet by, or nothing when it looks like something else.

    Whoever fills in a public form chooses the address and the name of a mail that we sign: a name that is a link
    would make us the sender of somebody's advertisement.
    """
    name = one_line(text or "", 255)
    if len(name) > LONGEST_NAME or _NO_NAME.search(name) or sum(sign.isdigit() for sign in name) > 2:
        return ""
    return name if any(sign.isalpha() for sign in name) else ""
