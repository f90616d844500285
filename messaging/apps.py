from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "messaging"
    label = "messaging"
    verbose_name = "Messaging"

    def ready(self) -> None:
        from messaging import events, navigation, permissions, preferences, receivers  # noqa: F401 — importing registers them
