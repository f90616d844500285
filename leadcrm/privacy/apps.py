from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "leadcrm.privacy"
    label = "privacy"
    verbose_name = "Privacy"

    def ready(self) -> None:
        from leadcrm.privacy import events, preferences  # noqa: F401 — importing registers them
