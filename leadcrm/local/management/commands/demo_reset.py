"""`manage.py demo_reset`, which `make demo-reset` calls."""

import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from leadcrm.local.errors import LocalError
from leadcrm.local.state import StateFolder
from leadcrm.settings import env


class Command(BaseCommand):
    help = "Stop a running installation and remove everything it wrote, so that the next start is the first."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        state = StateFolder(Path(settings.STATE_DIR))
        try:
            if holder := state.stop_running():
                self.stdout.write(f"Stopped leadcrm (process {holder.pid}).")
            state.empty()
        except LocalError as error:
            self.stderr.write(self.style.ERROR(str(error)))
            sys.exit(1)
        self.stdout.write(f"{state.path} is empty; `make run` starts afresh.")
        if env.is_set("DATABASE_URL"):
            self.stdout.write("The database of DATABASE_URL is left as it is.")
