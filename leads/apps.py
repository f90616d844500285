from django.apps import AppConfig


class LeadsConfig(AppConfig):
    name = "leads"
    label = "leads"
    verbose_name = "Leads"

    def ready(self) -> None:
        from leads import (  # noqa: F401 — importing registers them
            events,
            live,
            navigation,
            palette,
            permissions,
            preferences,
            receivers,
            rule_checks,
            selection,
        )
