"""`manage.py prepare_database`: what an administrator runs once on a database server."""

import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand

from leadcrm.local.database import named_database
from leadcrm.local.errors import LocalError
from leadcrm.local.state import StateFolder
from leadcrm.settings import env


class Command(BaseCommand):
    help = (
        "Create the roles, the database and the rights of leadcrm on the server of DATABASE_URL, which must be an "
        "administrator's, and print the two URLs to use from then on. Running it again changes nothing."
    )
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        url = env.text("DATABASE_URL")
        state = StateFolder(Path(settings.STATE_DIR))
        try:
            if not urlsplit(url).scheme:
                raise LocalError("Set DATABASE_URL to the URL of an administrator of the server.")
            state.prepare()
            connections = named_database(url, "", state)
        except LocalError as error:
            self.stderr.write(self.style.ERROR(str(error)))
            sys.exit(1)
        self.stdout.write(f"DATABASE_URL={connections.app}")
        self.stdout.write(f"OWNER_DATABASE_URL={connections.owner}")
