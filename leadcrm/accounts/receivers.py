"""Write into the audit log what django-allauth and Django report about sign-in."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from allauth.account import signals as account_signals
from allauth.mfa import signals as mfa_signals
from allauth.usersessions.models import UserSession
from django.contrib.auth.signals import user_login_failed
from django.db.models.signals import pre_save
from django.dispatch import receiver
from django.http import HttpRequest

from leadcrm.accounts.events import AccountEvent
from leadcrm.accounts.models import User
from leadcrm.audit import services as audit
from leadcrm.core import tenancy
from leadcrm.core.addresses import network_of, truncate_ip

logger = logging.getLogger(__name__)


def _record(event: AccountEvent, user: User, request: HttpRequest | None, **details: Any) -> None:
    """Write the entry into the log of the user's organisation, whatever scope is open."""
    metadata = {"network": network_of(request), **details}
    scope = tenancy.maybe_scope()
    if user.organization_id is None or (
        scope is not None and not scope.is_staff and scope.organization_id != user.organization_id
    ):
        logger.info("%s: user %s from %s", event.value, user.pk, metadata["network"])
        return
    if scope is not None:
        audit.record(event, user, actor=user, metadata=metadata)
        return
    with tenancy.organization_scope(user.organization_id, actor_id=user.pk):
        audit.record(event, user, actor=user, metadata=metadata)


@receiver(account_signals.user_logged_in, dispatch_uid="accounts.signed_in")
def signed_in(request: HttpRequest, user: User, **_: Any) -> None:
    _record(AccountEvent.SIGNED_IN, user, request)


@receiver(user_login_failed, dispatch_uid="accounts.sign_in_failed")
def sign_in_failed(credentials: Mapping[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    address = str(credentials.get("email") or credentials.get("username") or "").strip().lower()
    user = User.objects.filter(email=address).first() if address else None
    if user is None:
        # Not the address: it may well be a password typed into the wrong field.
        logger.warning("Failed sign-in with an unknown address from %s", network_of(request))
        return
    _record(AccountEvent.SIGN_IN_FAILED, user, request, step="password")


@receiver(mfa_signals.authentication_failed, dispatch_uid="accounts.second_step_failed")
def second_step_failed(request: HttpRequest, user: User, **_: Any) -> None:
    _record(AccountEvent.SIGN_IN_FAILED, user, request, step="code")


@receiver(account_signals.password_changed, dispatch_uid="accounts.password_changed")
@receiver(account_signals.password_set, dispatch_uid="accounts.password_set")
@receiver(account_signals.password_reset, dispatch_uid="accounts.password_reset")
def password_changed(request: HttpRequest, user: User, **_: Any) -> None:
    _record(AccountEvent.PASSWORD_CHANGED, user, request)


@receiver(account_signals.email_changed, dispatch_uid="accounts.email_changed")
def email_changed(request: HttpRequest, user: User, **_: Any) -> None:
    _record(AccountEvent.EMAIL_CHANGED, user, request)


@receiver(mfa_signals.authenticator_added, dispatch_uid="accounts.authenticator_added")
@receiver(mfa_signals.authenticator_removed, dispatch_uid="accounts.authenticator_removed")
@receiver(mfa_signals.authenticator_reset, dispatch_uid="accounts.authenticator_reset")
def second_factor_changed(request: HttpRequest, user: User, authenticator: Any, signal: Any, **_: Any) -> None:
    words = {
        id(mfa_signals.authenticator_added): "added",
        id(mfa_signals.authenticator_removed): "removed",
        id(mfa_signals.authenticator_reset): "renewed",
    }
    _record(AccountEvent.SECOND_FACTOR_CHANGED, user, request, what=authenticator.type, change=words[id(signal)])


@receiver(pre_save, sender=UserSession, dispatch_uid="accounts.shorten_session_address")
def shorten_session_address(instance: UserSession, **_: Any) -> None:
    instance.ip = truncate_ip(instance.ip) or "0.0.0.0"  # noqa: S104 — stands for unknown; the column needs an address
