from django.apps import AppConfig


class LeadsConfig(AppConfig):
    name = "leads"
    label = "leads"
    verbose_name = "Leads"

    def ready(self) -> None:
        from leads import events, live, navigation, palette, permissions, preferences, receivers, selection  # noqa: F401 — importing registers them
