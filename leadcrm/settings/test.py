"""The test suite: fast password hashes, mail in memory; jobs wait until a test starts a worker or works them off."""

from leadcrm.settings.base import *  # noqa: F403 — a settings module is its base plus overrides
from leadcrm.settings.base import LOGGING

SECRET_KEY = "test-suite-only-0123456789abcdefghijklmnopqrstuvwxyz"  # noqa: S105 — signs nothing outside a test
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
WHITENOISE_USE_FINDERS = True
ALLOWED_HOSTS = ["*"]
ACCOUNT_RATE_LIMITS = False
LOGGING = {**LOGGING, "root": {"handlers": ["console"], "level": "WARNING"}}
FLAGS_CACHE_SECONDS = 60 * 60  # pages are measured without this query; tests/flags.py reads them before each test
