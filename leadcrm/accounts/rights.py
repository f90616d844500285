"""The permission registry: which role has which right. Apps register their rights in ``ready()``."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache

from leadcrm.accounts.choices import Role
from leadcrm.core.access import requires

__all__ = ["all_rights", "register", "requires", "rights_of_role"]

_roles_of: dict[str, frozenset[str]] = {}


def register(right: StrEnum, roles: Iterable[Role]) -> None:
    """Grant ``right`` to ``roles``.

    Raises: ValueError when the right was registered with other roles.
    """
    granted = frozenset(str(role) for role in roles)
    if _roles_of.get(right.value, granted) != granted:
        raise ValueError(f"The right {right.value!r} is registered twice.")
    _roles_of[right.value] = granted
    rights_of_role.cache_clear()


@lru_cache(maxsize=16)
def rights_of_role(role: str) -> frozenset[str]:
    """Return every right of a role."""
    return frozenset(right for right, roles in _roles_of.items() if role in roles)


def all_rights() -> dict[str, frozenset[str]]:
    """Return every registered right with its roles."""
    return dict(_roles_of)
