"""Every enumeration of the messaging tables; each has a check constraint in the database."""

from django.db import models


class Template(models.TextChoices):
    WELCOME = "welcome", "Welcome"
    ASSESSMENT_RESULTS = "assessment_results", "Assessment results"
    ROI_REPORT = "roi_report", "ROI report"
    FOLLOW_UP = "follow_up", "Follow-up"
    MEETING_REMINDER = "meeting_reminder", "Meeting reminder"
    CONFIRM_SUBSCRIPTION = "confirm_subscription", "Confirmation of an address"


class MailState(models.TextChoices):
    """The machine of a mail. ``unknown``: it was handed over, or may have been, and nobody said what became of it."""

    QUEUED = "queued", "Waiting"
    CLAIMED = "claimed", "Being prepared"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    FAILED_PERM = "failed_perm", "Failed"
    UNKNOWN = "unknown", "In doubt"
    UNKNOWN_CLOSED = "unknown_closed", "In doubt, closed"
    CANCELLED = "cancelled", "Cancelled"
    SUPPRESSED = "suppressed", "Held back"
    EXPIRED = "expired", "Too late"


class MailStatus(models.TextChoices):
    """What people are shown first; the state says the rest."""

    PENDING = "pending", "Pending"
    SENT = "sent", "Sent"
    FAILED = "failed", "Failed"


PENDING_STATES = (MailState.QUEUED, MailState.CLAIMED, MailState.SENDING)
# States in which nothing left, or a person has said so: from these it can be sent again.
RETRYABLE_STATES = (MailState.FAILED_PERM, MailState.CANCELLED, MailState.SUPPRESSED)
CANCELLABLE_STATES = (MailState.QUEUED, MailState.CLAIMED)
DOUBTFUL_STATES = (MailState.UNKNOWN, MailState.UNKNOWN_CLOSED)
STATES_OF_STATUS = {
    MailStatus.PENDING: PENDING_STATES,
    MailStatus.SENT: (MailState.SENT,),
    MailStatus.FAILED: tuple(state for state in MailState if state not in (*PENDING_STATES, MailState.SENT)),
}


class AttemptOutcome(models.TextChoices):
    ACCEPTED = "accepted", "Accepted"
    REJECTED_TEMP = "rejected_temp", "Refused for now"
    REJECTED_PERM = "rejected_perm", "Refused"
    NOT_SENT = "not_sent", "The mail server was out of reach"
    UNKNOWN = "unknown", "Nobody knows"


class Resolution(models.TextChoices):
    """What a person found out about a mail in doubt."""

    ARRIVED = "arrived", "It arrived"
    SEND_AGAIN = "send_again", "It did not arrive: send it again"
    GIVE_UP = "give_up", "It did not arrive: leave it"
