"""Every enumeration of the assessment tables; each has a check constraint in the database."""

from django.db import models


class AssessmentStatus(models.TextChoices):
    STARTED = "started", "Started"
    COMPLETED = "completed", "Completed"
    ABANDONED = "abandoned", "Abandoned"
