"""What the layout needs on every page, computed only when the layout asks for it."""

from functools import cached_property
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from leadcrm.core import navigation

THEMES = ("light", "dark")


class Shell:
    """The frame around a page. Every property is lazy, so a page without the frame pays nothing."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @cached_property
    def nav(self) -> list[navigation.NavSection]:
        """Return the sidebar."""
        return navigation.sections(self.request)

    @cached_property
    def theme(self) -> str:
        """Return the chosen theme, or an empty string that follows the system."""
        theme = self.request.COOKIES.get("theme", "")
        return theme if theme in THEMES else ""

    @cached_property
    def shortcuts(self) -> str:
        """Return "off" when the person switched single-key shortcuts off (WCAG 2.1.4)."""
        choice = self.request.COOKIES.get("shortcuts", "")
        if choice in ("on", "off"):
            return choice
        preferences = getattr(getattr(self.request, "user", None), "preferences", None) or {}
        return "off" if preferences.get("shortcuts", True) in (False, "off") else "on"

    @cached_property
    def organization(self) -> Any:
        """Return the organisation the request works in, if any; the middleware has loaded it already."""
        return getattr(self.request, "organization", None)

    @cached_property
    def is_member(self) -> bool:
        """Tell whether somebody is signed in."""
        return bool(getattr(getattr(self.request, "user", None), "is_authenticated", False))

    def _url(self, name: str) -> str:
        return navigation.url_of(name) or ""

    @cached_property
    def home_url(self) -> str:
        """Return the first place of the sidebar, or the root."""
        return next((item.url for section in self.nav for item in section.items), "/")

    @cached_property
    def palette_url(self) -> str:
        """Return the address that answers the command palette."""
        return self._url("core:palette")

    @cached_property
    def events_url(self) -> str:
        """Return the address of the event stream."""
        return self._url("core:events")

    @cached_property
    def reminder_url(self) -> str:
        """Return the address that says a reminder aloud, with zeros in place of the id of the activity."""
        try:
            return reverse("leads:activity_reminder", args=[UUID(int=0)])
        except NoReverseMatch:
            return ""

    @cached_property
    def help_url(self) -> str:
        """Return the address of the help page."""
        return self._url("core:help")

    @cached_property
    def admin_url(self) -> str:
        """Return the address of the administration."""
        return self._url("admin:index")

    @cached_property
    def logout_url(self) -> str:
        """Return the address that signs out."""
        return self._url("account_logout")

    @cached_property
    def new_lead_url(self) -> str:
        """Return the address of the form for a new lead, for those who may add one."""
        return next((link.url for link in navigation.commands(self.request) if link.shortcut == "c"), "")

    @cached_property
    def user_menu(self) -> list[navigation.NavLink]:
        """Return the places of the user menu that exist here."""
        places = (
            ("Profile and preferences", "accounts:profile", "user"),
            ("Sessions", "usersessions_list", "monitor-smartphone"),
            ("Two-step sign-in", "mfa_index", "shield-check"),
            ("Password", "account_change_password", "key-round"),
        )
        return [navigation.NavLink(label, url, icon) for label, name, icon in places if (url := self._url(name))]


def shell(request: HttpRequest) -> dict[str, Any]:
    """Give full pages their frame. A fragment has none, so it gets nothing."""
    if navigation.wants_fragment(request):
        return {}
    return {"shell": Shell(request)}
