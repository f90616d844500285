from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "leadcrm.accounts"
    label = "accounts"
    verbose_name = "Organisations and people"

    def ready(self) -> None:
        from leadcrm.accounts import events, navigation, permissions, receivers  # noqa: F401 — importing registers them
