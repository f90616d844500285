from django.apps import AppConfig


class LocalConfig(AppConfig):
    name = "leadcrm.local"
    label = "local"
    verbose_name = "Local installation"

    def ready(self) -> None:
        from leadcrm.local import checks  # noqa: F401 — registers the system checks
