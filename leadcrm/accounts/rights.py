"""The permission registry: which role has which right. Apps register their rights in ``ready()``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from functools import lru_cache, wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from leadcrm.accounts.choices import Role

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


def requires(*rights: StrEnum) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Answer 403 unless the signed-in user has every one of ``rights``."""

    def decorate(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            user = request.user
            missing = [right for right in rights if not user.has_right(right)]  # type: ignore[union-attr]
            if missing:
                raise PermissionDenied(f"Your role does not include: {', '.join(str(right) for right in missing)}.")
            return view(request, *args, **kwargs)

        wrapper.required_rights = rights  # type: ignore[attr-defined]  # read by the permission table's test
        return wrapper

    return decorate
