"""Production: TLS, hashed static files, and a refusal to start with a default that is not safe.

The refusals themselves are system checks (`leadcrm.core.checks`), so `manage.py check --deploy` lists them all at once.
"""

from leadcrm.settings.base import *  # noqa: F403 — a settings module is its base plus overrides
from leadcrm.settings.base import STORAGES, env

SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS")
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "leadcrm.core.staticfiles.HashedStaticFilesStorage"}}
