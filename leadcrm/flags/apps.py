from django.apps import AppConfig


class FlagsConfig(AppConfig):
    name = "leadcrm.flags"
    label = "flags"
    verbose_name = "Flags"
