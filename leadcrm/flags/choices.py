"""The flags that code asks for, and the environments they are switched in."""

from enum import StrEnum

from django.db import models


class Flag(StrEnum):
    INTERACTIVE_CALCULATOR = "INTERACTIVE_CALCULATOR"
    CHAT_SUPPORT = "CHAT_SUPPORT"
    A11Y_IMPROVEMENTS = "A11Y_IMPROVEMENTS"
    PERFORMANCE_MONITORING = "PERFORMANCE_MONITORING"
    NEW_LEAD_SCORING = "NEW_LEAD_SCORING"


class Environment(models.TextChoices):
    DEV = "dev", "Development"
    STAGING = "staging", "Staging"
    PROD = "prod", "Production"
