"""What people agree to, and by which way they may be reached then."""

from django.db import models


class Purpose(models.TextChoices):
    SERVICE = "service", "Service"
    MARKETING = "marketing", "Marketing"
    ANALYTICS = "analytics", "Analytics"


class ConsentChannel(models.TextChoices):
    EMAIL = "email", "E-mail"
    PHONE = "phone", "Telephone"
    SMS = "sms", "SMS"
    WHATSAPP = "whatsapp", "WhatsApp"
    LINKEDIN = "linkedin", "LinkedIn"
    WEB = "web", "Website"


class ConsentEnd(models.TextChoices):
    WITHDRAWN = "withdrawn", "Withdrawn"
    RENEWED = "renewed", "Given anew"
