"""The decorator that keeps a view to those who have a right. The rights themselves are the business of accounts."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase


def requires(*rights: StrEnum | str) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
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
