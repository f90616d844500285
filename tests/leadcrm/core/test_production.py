"""The settings of production refuse to start with what would give the installation away."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

SAFE = {"SECRET_KEY": "x1" * 25, "ALLOWED_HOSTS": "crm.example"}
START = (
    "import django; django.setup(); from django.conf import settings as s;"
    " print([s.DEBUG, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.LOCAL_MAILBOX_DIR])"
)


def start(program=START, /, **environment):
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=settings.BASE_DIR,
        env={**kept, "DJANGO_SETTINGS_MODULE": "leadcrm.settings.prod", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_safe_settings_start_without_debug_and_without_the_mailbox(tmp_path):
    started = start(**SAFE, DEBUG="true", LOCAL_MAILBOX_DIR=str(tmp_path))
    assert started.stdout.strip() == "[False, True, True, '']", started.stderr


@pytest.mark.parametrize(("environment", "count"), [({}, "1"), ({"TRUSTED_PROXY_COUNT": "2"}, "2")])
def test_sign_in_limits_count_visitors_and_not_the_proxy(environment, count):
    started = start("import django; django.setup(); from django.conf import settings as s;"
                    " print(s.ALLAUTH_TRUSTED_PROXY_COUNT)", **SAFE, **environment)  # fmt: skip
    assert started.stdout.strip() == count, started.stderr


@pytest.mark.parametrize(
    "unsafe",
    [{"SECRET_KEY": ""}, {"SECRET_KEY": "local-development-only"}, {"ALLOWED_HOSTS": ""}, {"ALLOWED_HOSTS": "*"}],
    ids=str,
)
def test_unsafe_settings_do_not_start(unsafe):
    started = start(**{**SAFE, **unsafe})
    assert started.returncode != 0
    assert f"ImproperlyConfigured: {next(iter(unsafe))}" in started.stderr
