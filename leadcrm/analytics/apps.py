from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    name = "leadcrm.analytics"
    label = "analytics"
    verbose_name = "Analytics"
