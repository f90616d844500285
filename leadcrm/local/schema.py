"""Bringing the database to the state of the code, or saying why that is not possible."""

import subprocess
import sys
from pathlib import Path

import psycopg
from django.apps import apps
from django.conf import settings
from django.db.migrations.loader import MigrationLoader

from leadcrm.local.errors import LocalError
from leadcrm.local.processes import bound_to_parent


def migrate(environment: dict[str, str], owner_url: str) -> int:
    """Apply the missing migrations as the owner, and return how many there were.

    Raises: LocalError, with the error of the migration as a note.
    """
    if unknown := unknown_migrations(owner_url):
        raise LocalError(
            f"The database was migrated by a newer version of leadcrm ({', '.join(unknown[:3])} "
            f"{'is' if len(unknown) == 1 else 'are'} not in this code): check that version out, "
            "or start afresh with `make demo-reset`."
        )
    result = subprocess.run(
        bound_to_parent([sys.executable, "manage.py", "migrate", "--no-input", "--no-color", "--skip-checks"]),
        cwd=settings.BASE_DIR,
        env={**environment, "DATABASE_URL": owner_url, "OWNER_DATABASE_URL": owner_url},
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if result.returncode != 0:
        error = LocalError("A migration failed, so nothing was started; its error is above.")
        error.add_note((result.stdout[-1500:] + result.stderr[-6000:]).strip())
        raise error
    return result.stdout.count("... OK")


def unknown_migrations(owner_url: str) -> list[str]:
    """Return the migrations of our own apps that the database has and the code has not."""
    with psycopg.connect(owner_url) as connection:
        if connection.execute("SELECT to_regclass('public.django_migrations')").fetchone() == (None,):
            return []
        recorded = connection.execute("SELECT app, name FROM django_migrations ORDER BY id").fetchall()
    here = Path(settings.BASE_DIR).resolve()
    ours = {app.label for app in apps.get_app_configs() if _is_inside(Path(app.path), here)}
    known = MigrationLoader(None).disk_migrations
    replaced = {key for migration in known.values() for key in migration.replaces}
    return [f"{a}.{n}" for a, n in recorded if a in ours and (a, n) not in known and (a, n) not in replaced]


def _is_inside(path: Path, folder: Path) -> bool:
    # The virtual environment may be inside the checkout, and its apps are not ours.
    path = path.resolve()
    return path.is_relative_to(folder) and "site-packages" not in path.parts


def load_demo_once(environment: dict[str, str], connection: psycopg.Connection) -> bool:
    """Load the demo data into a database that has no organisation yet; tell whether that happened.

    Raises: LocalError.
    """
    table = apps.get_model("accounts", "Organization")._meta.db_table
    query = f'SELECT EXISTS (SELECT 1 FROM "{table}")'.encode()  # noqa: S608 — the name comes from the model
    if connection.execute(query).fetchone() == (True,):
        return False
    result = subprocess.run(
        bound_to_parent([sys.executable, "manage.py", "load_demo", "--no-color"]),
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if result.returncode != 0:
        error = LocalError("The demo data could not be loaded, so nothing was started; the error is above.")
        error.add_note((result.stdout[-1500:] + result.stderr[-6000:]).strip())
        raise error
    return True
