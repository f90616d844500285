"""Every setting of leadcrm, with the values that hold everywhere; dev, test and prod only override.

The environment is read through ``env.py`` alone.
"""

from pathlib import Path

from csp.constants import NONE, SELF

from leadcrm.settings import env

BASE_DIR = env.BASE_DIR
# Everything that this installation writes and git must not see: database, uploads, mailbox, logs.
STATE_DIR = Path(env.text("LEADCRM_STATE_DIR", str(BASE_DIR / ".local")))

SECRET_KEY = env.text("SECRET_KEY", "local-development-only")
DEBUG = False
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", ("localhost", "127.0.0.1", "[::1]"))
CSRF_TRUSTED_ORIGINS = env.names("CSRF_TRUSTED_ORIGINS")
SITE_URL = env.text("SITE_URL", "http://localhost:8000")
# Where this installation stands, for feature flags: dev, staging or prod.
ENVIRONMENT = env.text("LEADCRM_ENVIRONMENT", "dev")
# For how long a process may answer with the flags that it read last.
FLAGS_CACHE_SECONDS = 5

INSTALLED_APPS = [
    "leadcrm.accounts",  # before contrib.admin and allauth: its templates win
    "leadcrm.audit",
    "leadcrm.flags",
    "leadcrm.privacy",
    "leadcrm.analytics",
    "leads",
    "messaging",
    "assessments",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_filters",
    "django_htmx",
    "template_partials",
    "lucide",
    "csp",
    "leadcrm.core",
    "leadcrm.local",
]

MIDDLEWARE = [
    "leadcrm.core.middleware.RequestContextMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "leadcrm.core.middleware.PrivateAnswersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    # Around the transaction of the organization's middleware: what runs on commit still has messages and request.
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "leadcrm.accounts.middleware.OrganizationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
]

ROOT_URLCONF = "leadcrm.urls"
WSGI_APPLICATION = "leadcrm.wsgi.application"
ASGI_APPLICATION = "leadcrm.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,  # template_partials replaces this by its own cached loader
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "leadcrm.core.context_processors.shell",
            ],
            "builtins": ["leadcrm.core.templatetags.ui", "template_partials.templatetags.partials"],
        },
    }
]
FORM_RENDERER = "leadcrm.core.forms.Renderer"

# --- database -------------------------------------------------------------------------------
# The application role: it owns nothing and row level security binds it (docs/security.md).
DATABASES = {
    "default": {
        **env.database("DATABASE_URL", "postgres://leadcrm_app@localhost/leadcrm"),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,  # the organisation middleware opens transaction and scope together
    }
}
# The owner migrates; web and worker never use it.
OWNER_DATABASE_URL = env.text("OWNER_DATABASE_URL")
# LISTEN needs a direct connection, because a pooler in transaction mode swallows it silently.
LISTEN_DATABASE_URL = env.text("LISTEN_DATABASE_URL") or env.text("DATABASE_URL")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- sign-in --------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "leadcrm.accounts.backends.EmailBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "leadcrm.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True
# A person has one address; a new one replaces it once it is confirmed.
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_FORMS = {
    "login": "leadcrm.accounts.forms.signin.LoginForm",
    "add_email": "leadcrm.accounts.forms.signin.AddEmailForm",
    "change_password": "leadcrm.accounts.forms.signin.ChangePasswordForm",
    "set_password": "leadcrm.accounts.forms.signin.SetPasswordForm",
    "reset_password": "leadcrm.accounts.forms.signin.ResetPasswordForm",
    "reset_password_from_key": "leadcrm.accounts.forms.signin.ResetPasswordKeyForm",
    "reauthenticate": "leadcrm.accounts.forms.signin.ReauthenticateForm",
}
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_RATE_LIMITS: dict[str, str] | bool = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "signup": "20/m/ip",
    "reset_password": "20/m/ip,5/m/key",
    "reset_password_from_key": "20/m/ip",
    "change_password": "5/m/user",
    "manage_email": "10/m/user",
    "confirm_email": "1/m/key",
    "reauthenticate": "10/m/user",
    "accept_invitation": "30/m/ip",
    "send_invitation": "100/h/user",
}
# The number of trusted proxies in front of the application; 0 means that the peer address counts.
ALLAUTH_TRUSTED_PROXY_COUNT = env.number("TRUSTED_PROXY_COUNT", 0)
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "leadcrm"
MFA_ADAPTER = "leadcrm.accounts.adapter.MFAAdapter"
# allauth blocks a change of address under two-step sign-in for the sake of sites with open sign-up.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_FORMS = {
    "authenticate": "leadcrm.accounts.forms.signin.AuthenticateForm",
    "reauthenticate": "leadcrm.accounts.forms.signin.MFAReauthenticateForm",
    "activate_totp": "leadcrm.accounts.forms.signin.ActivateTOTPForm",
}
USERSESSIONS_TRACK_ACTIVITY = False
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
CSRF_FAILURE_VIEW = "leadcrm.core.views.csrf_failure"

# --- cache, background work, live events ------------------------------------------------------
REDIS_URL = env.text("REDIS_URL")
# A proxy must not close a silent stream sooner than this; a stream may outlive its session by the second.
EVENTS_HEARTBEAT_SECONDS = env.number("EVENTS_HEARTBEAT_SECONDS", 15)
EVENTS_CHECK_SECONDS = env.number("EVENTS_CHECK_SECONDS", 60)
EVENTS_LIFE_SECONDS = env.number("EVENTS_LIFE_SECONDS", 30 * 60)
# Sign-in limits must hold across processes, so without Redis the cache lives in PostgreSQL.
CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "django_cache"}
    )
}
CELERY_BROKER_URL = REDIS_URL or "filesystem://localhost"  # a name, or kombu warns that there is none
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = (
    {}
    if REDIS_URL
    else {
        "data_folder_in": str(STATE_DIR / "broker"),
        "data_folder_out": str(STATE_DIR / "broker"),
        "control_folder": str(STATE_DIR / "broker-control"),
        "store_processed": False,
        "polling_interval": 0.2,
    }
)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(STATE_DIR / "celerybeat-schedule")
# Rows are the truth and the broker is a doorbell: the sweeps find due work that no message announced.
CELERY_BEAT_SCHEDULE = {
    "leads-sweep-jobs": {"task": "leads.sweep_jobs", "schedule": 10.0},
    "leads-remind": {"task": "leads.send_reminders", "schedule": 60.0},
    # A worker that was away looks once, not once for every ring that it missed.
    "messaging-send-due": {"task": "messaging.send_due", "schedule": 5.0, "options": {"expires": 5.0}},
    "messaging-close-doubts": {"task": "messaging.close_doubts", "schedule": 60.0 * 60},
    "leads-fold-stage-totals": {"task": "leads.fold_stage_totals", "schedule": 30.0},
    "leads-clear-import-files": {"task": "leads.clear_import_files", "schedule": 60.0 * 60 * 24},
    "leads-clear-export-files": {"task": "leads.clear_export_files", "schedule": 60.0 * 60},
    "analytics-roll-up": {"task": "analytics.roll_up", "schedule": 60.0 * 15},
    "assessments-abandon-idle": {"task": "assessments.abandon_idle", "schedule": 60.0 * 60},
    "core-prepare-partitions": {"task": "core.prepare_partitions", "schedule": 60.0 * 60 * 12},
    "core-sweep-throttle": {"task": "core.sweep_throttle", "schedule": 60.0 * 5},
    "core-clear-sessions": {"task": "core.clear_sessions", "schedule": 60.0 * 60 * 24},
}

# --- mail -------------------------------------------------------------------------------------
EMAIL_BACKEND = "leadcrm.core.mail.EmailBackend"
EMAIL_HOST = env.text("EMAIL_HOST", "localhost")
EMAIL_PORT = env.number("EMAIL_PORT", 25)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS")
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "leadcrm <no-reply@leadcrm.example>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# The folder of the local mailbox page; empty outside `make run`.
LOCAL_MAILBOX_DIR = env.text("LOCAL_MAILBOX_DIR")

# --- files ------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = STATE_DIR / "staticfiles"
MEDIA_ROOT = STATE_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Uploads above this size go to a temporary file, never into memory.
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
IMPORT_MAX_BYTES = env.number("IMPORT_MAX_BYTES", 1024 * 1024 * 1024)

# --- pages ------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

# Nothing inline, nothing evaluated, no third party.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True

# Every page says in its headers what it cost; for benchmarks.
REPORT_PAGE_COST = env.flag("REPORT_PAGE_COST")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "context": {"()": "leadcrm.core.logs.ContextFilter"},
        "links": {
            "()": "leadcrm.core.logs.SecretLinksFilter",
            "prefixes": [
                "/join/",
                "/p/",
                "/c/",
                "/f/confirmation/",
                "/a/*/shared/",
                "/a/*/",
                "/accounts/password/reset/key/",
                "/accounts/confirm-email/",
            ],
        },
    },
    "formatters": {"line": {"format": "%(levelname)s %(name)s [%(request_id)s] %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["context", "links"]}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
}
