"""What leadcrm changes about django-allauth."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from leadcrm.accounts.models import User


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Refuse sign-up: people join an organisation through an invitation."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        user = request.user
        return "/admin/" if isinstance(user, User) and user.organization_id is None and user.is_staff else "/"

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """Do nothing: the e-mail address is the name."""
