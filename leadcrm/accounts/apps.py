from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "leadcrm.accounts"
    label = "accounts"
    verbose_name = "Organisations and people"

    def ready(self) -> None:
        from leadcrm.accounts import events, permissions  # noqa: F401 — importing registers both
