from django.apps import AppConfig


class AssessmentsConfig(AppConfig):
    name = "assessments"
    label = "assessments"
    verbose_name = "Assessments"

    def ready(self) -> None:
        from assessments import (  # noqa: F401 — importing registers them
            attachments,
            events,
            navigation,
            permissions,
            preferences,
            receivers,
            rule_checks,
        )
