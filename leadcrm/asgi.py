"""ASGI entry point: event streams (`leadcrm.core.stream`); pages are served through `leadcrm.wsgi`."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadcrm.settings.dev")
pages = get_asgi_application()

from leadcrm.core.stream import StreamApplication  # noqa: E402 — it needs the apps, which the line above loads

application = StreamApplication(pages)
