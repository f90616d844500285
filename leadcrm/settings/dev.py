"""`make run` and the command line on a developer's machine."""

from leadcrm.settings.base import *  # noqa: F403 — a settings module is its base plus overrides
from leadcrm.settings.base import INSTALLED_APPS, env

DEBUG = env.flag("DEBUG")
INSTALLED_APPS = [*INSTALLED_APPS]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
