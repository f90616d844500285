from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "leadcrm.audit"
    label = "audit"
    verbose_name = "Audit and settings"

    def ready(self) -> None:
        from leadcrm.audit import events, navigation, staff  # noqa: F401 — importing registers them
