from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "leadcrm.accounts"
    label = "accounts"
    verbose_name = "Organizations and people"

    def ready(self) -> None:
        from leadcrm.accounts import events, navigation, permissions, receivers  # noqa: F401 — importing registers them
