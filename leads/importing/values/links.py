"""Web addresses: a scheme added, other schemes than http refused."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from leads.importing.problems import ValueProblem
from leads.importing.values.text import clean_line

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(?!\d)")
_HOST = re.compile(r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_](?:[\w-]{0,61}[^\W_])")
_PLAIN = re.compile(r"https?://(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}(?:/[A-Za-z0-9._~%/-]*)?")
_SEPARATORS = re.compile(r"\s*[,;|]\s*(?=(?:https?://|www\.))|\s+", re.IGNORECASE)
_ACCEPTED = "An address such as https://company.com is accepted."


def parse_link(text: str, *, limit: int = 500) -> str:
    """Return a web address with its scheme and its host in lower case; the first one of several.

    Raises: ValueProblem, also for schemes that would run code when the link is followed.
    """
    # Most links of a file are plain; these two looks decide them at a tenth of the cost of taking them apart.
    if len(text) <= limit and _PLAIN.fullmatch(text):
        return text
    if len(text) <= limit - 8 and _PLAIN.fullmatch("https://" + text):
        return "https://" + text
    text = clean_line(text).strip("<>\"'")
    scheme = _SCHEME.match(text)
    if scheme and scheme[1].casefold() not in {"http", "https"}:
        raise ValueProblem("bad_link", f"Links may begin with http:// or https:// only. {_ACCEPTED}")
    link = _SEPARATORS.split(text)[0].rstrip(".,;")
    link = link.lstrip("/") if not scheme else link
    if not scheme:
        link = "https://" + link
    try:
        parts = urlsplit(link)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueProblem("bad_link", f"This is not a web address. {_ACCEPTED}") from None
    # Names and passwords in a link disguise where it leads.
    if "@" in parts.netloc or not _HOST.fullmatch(host) or len(host) > 253:
        raise ValueProblem("bad_link", f"This is not a web address. {_ACCEPTED}")
    netloc = host + (f":{port}" if port else "")
    link = parts._replace(scheme=parts.scheme.lower(), netloc=netloc).geturl()
    if len(link) > limit:
        raise ValueProblem("too_long", f"The link has {len(link):,} characters; at most {limit:,} fit.")
    return link
