from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "leadcrm.privacy"
    label = "privacy"
    verbose_name = "Privacy"
