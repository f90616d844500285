"""What leadcrm changes about django-allauth."""

from __future__ import annotations

import base64
import hashlib
import logging
import smtplib
from typing import Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.stagekit import clear_login
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from leadcrm.accounts.models import User
from leadcrm.accounts.preferences import remember_in_browser

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": "The e-mail address or the password is not right.",
        "too_many_login_attempts": "Too many tries. Wait five minutes, then try again.",
        "incorrect_password": "This password is not right.",
        "enter_current_password": "This is not your current password.",
        "duplicate_email": "This is your address already.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 — the signature is allauth's
        """Refuse sign-up: people join an organisation through an invitation."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        user = request.user
        return "/admin/" if isinstance(user, User) and user.organization_id is None and user.is_staff else "/"

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """Do nothing: the e-mail address is the name."""

    def pre_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse | None:
        """Keep people of a closed organisation out, as those who were deactivated."""
        if user.organization is not None and not user.organization.is_active:
            clear_login(request)
            return cast("HttpResponse", self.respond_user_inactive(request, user))
        return cast("HttpResponse | None", super().pre_login(request, user, **kwargs))

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        """Bring the person's theme and shortcuts to a browser that does not know them yet."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        remember_in_browser(response, user, known=request.COOKIES)
        return response

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail; a mail server that is down is logged and breaks neither the page nor the change itself.

        The page says the same whether the mail left or not, because it must not tell which addresses exist.
        """
        try:
            super().send_mail(template_prefix, email, context)
        except (smtplib.SMTPException, OSError):
            logger.exception("The mail %s could not be sent.", template_prefix)


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    """Keep the secrets of the second step encrypted, so that a copy of the database alone is no use."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "This code is not right. Codes change every 30 seconds; try the next one.",
    }

    def encrypt(self, text: str) -> str:
        return _fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _fernet().decrypt(encrypted_text.encode()).decode()


def _fernet() -> MultiFernet:
    """Derive the keys from the secret key and its fallbacks, so that the secret key can be rotated."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = [hashlib.sha256(b"leadcrm.mfa:" + str(secret).encode()).digest() for secret in secrets]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
