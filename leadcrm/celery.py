"""The Celery application; every setting of it is in ``leadcrm.settings`` under ``CELERY_``."""

import os

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadcrm.settings.dev")

TRANSPORT_ALIASES["filesystem"] = "leadcrm.core.folder_queue:Transport"

app = Celery("leadcrm")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
