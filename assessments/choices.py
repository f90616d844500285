"""Every enumeration of the assessment tables; each has a check constraint in the database."""

from django.db import models


class AssessmentStatus(models.TextChoices):
    STARTED = "started", "Started"
    COMPLETED = "completed", "Completed"
    ABANDONED = "abandoned", "Abandoned"


class CalculationType(models.TextChoices):
    ROI = "roi", "Return on investment"
    PROJECT_ESTIMATE = "project_estimate", "Project estimate"


class ProposalState(models.TextChoices):
    """What is stored; an open proposal whose last day has passed is shown as expired."""

    OPEN = "open", "Open"
    ACCEPTED = "accepted", "Accepted"
    WITHDRAWN = "withdrawn", "Withdrawn"


class SubmissionState(models.TextChoices):
    """What became of an answer. ``received`` with a lead is done; without one it waits for a click in a mail."""

    RECEIVED = "received", "Received"
    CONFIRMED = "confirmed", "Confirmed"
    QUARANTINED = "quarantined", "In quarantine"
    RELEASED = "released", "Released"
    REJECTED = "rejected", "Rejected"


class Guard(models.TextChoices):
    """When a visitor's browser has to work for sending a form."""

    AUTOMATIC = "automatic", "Only while the form is under attack"
    ALWAYS = "always", "Always"
