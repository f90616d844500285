"""What is kept of a browser's own description: family, major version and system, never the whole."""

from __future__ import annotations

import re

# In this order, because most browsers also name those that they descend from.
FAMILIES = (
    ("Edge", r"(?:Edg|EdgA|EdgiOS)/(\d+)"),
    ("Opera", r"(?:OPR|Opera)/(\d+)"),
    ("Samsung Internet", r"SamsungBrowser/(\d+)"),
    ("Firefox", r"(?:Firefox|FxiOS)/(\d+)"),
    ("Chrome", r"(?:Chrome|CriOS|HeadlessChrome)/(\d+)"),
    ("Safari", r"Version/(\d+)[\d.]* (?:Mobile/\S+ )?Safari/"),
)
SYSTEMS = (
    ("iOS", r"iPhone|iPad|iPod"),
    ("Android", r"Android"),
    ("ChromeOS", r"CrOS"),
    ("Windows", r"Windows"),
    ("macOS", r"Macintosh|Mac OS X"),
    ("Linux", r"Linux|X11"),
)
BOTS = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|preview|scan|monitor|fetch|curl/|wget/|python|java/|go-http|okhttp|headless", re.I
)
LONGEST = 1000


def reduce_user_agent(said: str | None) -> str:
    """Return a description such as “Firefox 128 on Windows”; an empty string when nothing is known."""
    said = (said or "")[:LONGEST]
    if not said.strip():
        return ""
    if is_bot(said):
        return "Bot"
    family = next((f"{name} {found[1]}" for name, sign in FAMILIES if (found := re.search(sign, said))), "Other")
    system = next((name for name, sign in SYSTEMS if re.search(sign, said)), "")
    return f"{family} on {system}" if system else family


def is_bot(said: str | None) -> bool:
    """Tell whether a program says of itself that it is one; who lies about it is not recognised here."""
    return bool(BOTS.search((said or "")[:LONGEST]))
