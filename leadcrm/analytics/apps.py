from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    name = "leadcrm.analytics"
    label = "analytics"
    verbose_name = "Analytics"

    def ready(self) -> None:
        from leadcrm.analytics import receivers, retention  # noqa: F401 — importing registers them
