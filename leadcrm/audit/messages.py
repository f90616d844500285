"""What an audit entry says in words. Apps register their events, so the audit screen imports no app."""

from __future__ import annotations

from enum import StrEnum

_labels: dict[str, str] = {}


def register(event: StrEnum, label: str) -> None:
    """Give ``event`` the words that follow the actor's name: “Mia *assigned a lead*”."""
    _labels[event.value] = label


def label_of(action: str) -> str:
    """Return the words of an action, or the action itself when its app is not installed any more."""
    return _labels.get(action, action.replace("_", " ").replace(".", " "))


def all_actions() -> list[tuple[str, str]]:
    """Return every registered action with its words, sorted by the words."""
    return sorted(_labels.items(), key=lambda item: item[1])
