"""`manage.py local`, which `make run` calls."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from leadcrm.local import launcher
from leadcrm.local.errors import LocalError


class Command(BaseCommand):
    help = "Start the database and every process of leadcrm on this machine, until Ctrl+C."
    # The database that checks may ask for does not run yet.
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            launcher.run()
        except LocalError as error:
            for note in getattr(error, "__notes__", ()):
                self.stderr.write(note)
            self.stderr.write(self.style.ERROR(str(error)))
            sys.exit(1)
