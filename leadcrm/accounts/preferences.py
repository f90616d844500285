"""What a person prefers. The copy in cookies makes the first byte of a page right without a query or a script."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.http import HttpResponse

if TYPE_CHECKING:
    from leadcrm.accounts.models import User

THEMES = (("system", "Like the system"), ("light", "Light"), ("dark", "Dark"))
YEAR = 60 * 60 * 24 * 365
DEFAULTS: dict[str, bool | str] = {"theme": "system", "shortcuts": True, "email_reminders": True}


def of(user: User) -> dict[str, bool | str]:
    """Return the preferences of a person, with the defaults where nothing was chosen."""
    return {key: user.preferences.get(key, default) for key, default in DEFAULTS.items()}


def remember_in_browser(response: HttpResponse, user: User, *, known: Mapping[str, str] | None = None) -> None:
    """Write theme and shortcuts into cookies; a cookie in ``known`` was chosen on this device and stays."""
    chosen = of(user)
    theme = str(chosen["theme"])
    values = {"theme": theme if theme != "system" else "", "shortcuts": "on" if chosen["shortcuts"] else "off"}
    for name, value in values.items():
        if known is not None and name in known:
            continue
        if value:
            response.set_cookie(name, value, max_age=YEAR, samesite="Lax")
        else:
            response.delete_cookie(name, samesite="Lax")
