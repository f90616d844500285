from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "leadcrm.core"
    label = "core"
    verbose_name = "Core"

    def ready(self) -> None:
        from leadcrm.core import checks  # noqa: F401 — importing registers the system checks
