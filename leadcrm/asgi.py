"""ASGI entry point: only event streams (`leadcrm.core.live`); pages are served through `leadcrm.wsgi`."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadcrm.settings.dev")
application = get_asgi_application()
