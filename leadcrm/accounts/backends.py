"""Sign-in by e-mail; a request's user comes with the organisation, in one query."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend

from leadcrm.accounts.models import User


class EmailBackend(AuthenticationBackend):  # type: ignore[misc]  # allauth ships no types
    def get_user(self, user_id: Any) -> User | None:
        """Return the active user with the organisation joined; a person of a closed organisation is nobody."""
        user: User | None = User.objects.select_related("organization").filter(pk=user_id).first()
        if user is None or not self.user_can_authenticate(user):
            return None
        return user

    def user_can_authenticate(self, user: Any) -> bool:
        return bool(user.is_active and (user.organization is None or user.organization.is_active))
