"""System checks: contradictions in the settings, and the two things that make isolation real."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections
from django.db.utils import OperationalError


@register(Tags.security, deploy=True)
def production_is_safe(**kwargs: Any) -> list[CheckMessage]:
    """Refuse a debug flag, the default secret, or an open host list in production."""
    found: list[CheckMessage] = []
    if settings.DEBUG:
        found.append(Error("DEBUG is on.", hint="Unset DEBUG.", id="leadcrm.E001"))
    if settings.SECRET_KEY == "local-development-only" or len(settings.SECRET_KEY) < 32:  # noqa: S105 — the default
        found.append(
            Error("SECRET_KEY is the default or too short.", hint="Set 50 random characters.", id="leadcrm.E002")
        )
    if not settings.ALLOWED_HOSTS or "*" in settings.ALLOWED_HOSTS:
        found.append(Error("ALLOWED_HOSTS is empty or open.", hint="Name your host.", id="leadcrm.E003"))
    return found


@register
def environment_is_known(**kwargs: Any) -> list[CheckMessage]:
    """Refuse an environment that no feature flag knows."""
    if settings.ENVIRONMENT in ("dev", "staging", "prod"):
        return []
    return [
        Error(f"LEADCRM_ENVIRONMENT is {settings.ENVIRONMENT!r}.", hint="Set dev, staging or prod.", id="leadcrm.E004")
    ]


@register(Tags.database)
def application_role_is_bound(databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse a database role that row level security does not bind."""
    if not databases or "default" not in databases:
        return []
    try:
        with connections["default"].cursor() as cursor:
            cursor.execute(
                "SELECT rolsuper, rolbypassrls, EXISTS (SELECT 1 FROM pg_class WHERE relowner = r.oid AND"
                " relname = 'leads_lead') FROM pg_roles r WHERE rolname = current_user"
            )
            row = cursor.fetchone()
    except OperationalError:
        return []  # Django reports the missing server itself
    if row and row[0]:
        return [Error("DATABASE_URL names a superuser; row level security would not bind it.", id="leadcrm.E010")]
    if row and row[1]:
        return [Error("The role of DATABASE_URL has BYPASSRLS.", id="leadcrm.E011")]
    if row and row[2] and not settings.OWNER_DATABASE_URL:
        return [Error("The role of DATABASE_URL owns the tables; use leadcrm_app.", id="leadcrm.E012")]
    return []
