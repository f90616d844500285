"""Typed access to the environment: every variable is named here once and read nowhere else.

A variable ``NAME`` may be given as ``NAME_FILE``, the path of a file that holds the value
(container secrets). A value of the wrong type stops the start with the name of the variable.
"""

import os
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent.parent

_env = environ.FileAwareEnv()
if (BASE_DIR / ".env").is_file():
    environ.Env.read_env(str(BASE_DIR / ".env"))


def text(name: str, default: str = "") -> str:
    """Return a string, stripped."""
    return str(_env.str(name, default=default)).strip()


def flag(name: str, default: bool = False) -> bool:
    """Return a boolean.

    Raises: ImproperlyConfigured when the value is neither true nor false.
    """
    raw = text(name)
    if not raw:
        return default
    if raw.lower() in {"1", "true", "yes", "on"}:
        return True
    if raw.lower() in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} must be true or false, not {raw!r}.")


def number(name: str, default: int) -> int:
    """Return an integer.

    Raises: ImproperlyConfigured when the value is not a whole number.
    """
    raw = text(name)
    if not raw:
        return default
    try:
        return int(raw)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {raw!r}.") from None


def names(name: str, default: tuple[str, ...] = ()) -> list[str]:
    """Return a comma-separated list, without empty items."""
    return [item for item in (part.strip() for part in text(name).split(",")) if item] or list(default)


def database(name: str, default: str = "") -> dict[str, object]:
    """Return Django's database settings for a ``postgres://`` URL.

    Raises: ImproperlyConfigured when the URL is missing or names another engine.
    """
    url = text(name) or default
    if not url:
        raise ImproperlyConfigured(f"{name} is not set. `make run` starts a database of its own and sets it.")
    config: dict[str, object] = dict(environ.Env.db_url_config(url))
    if config.get("ENGINE") not in {"django.db.backends.postgresql", "django.db.backends.postgresql_psycopg2"}:
        raise ImproperlyConfigured(f"{name} must start with postgres://; leadcrm needs PostgreSQL 15 or newer.")
    config["ENGINE"] = "django.db.backends.postgresql"
    return config


def is_set(name: str) -> bool:
    """Tell whether the variable, or its ``_FILE`` form, is there at all."""
    return bool(os.environ.get(name) or os.environ.get(f"{name}_FILE"))
