"""Production: TLS, hashed static files, and a refusal to start with a default that is not safe.

What would give the installation away stops the start here, because no web server runs checks; everything else is
told by `manage.py check --deploy` (`leadcrm.core.checks`).
"""

from django.core.exceptions import ImproperlyConfigured

from leadcrm.settings.base import *  # noqa: F403 — a settings module is its base plus overrides
from leadcrm.settings.base import SECRET_KEY, STORAGES, env

SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# The proxy that speaks TLS is the peer of every request. If it counted as the visitor, ten wrong passwords from
# anywhere would keep everybody from signing in for a minute.
ALLAUTH_TRUSTED_PROXY_COUNT = env.number("TRUSTED_PROXY_COUNT", 1)
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS")
ENVIRONMENT = env.text("LEADCRM_ENVIRONMENT", "prod")
LOCAL_MAILBOX_DIR = ""  # the mailbox shows every mail to everybody, links to reset passwords among them
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "leadcrm.core.staticfiles.HashedStaticFilesStorage"}}

if len(SECRET_KEY) < 32:  # the default of development is shorter, too
    raise ImproperlyConfigured("SECRET_KEY is not set or too short: it takes 50 random characters.")
if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured(
        "ALLOWED_HOSTS must name the hosts of this installation; * would let anybody choose one."
    )
