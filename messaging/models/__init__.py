"""The tables of messaging."""

from messaging.models.queued_email import QueuedEmail, QueuedEmailAttempt

__all__ = ["QueuedEmail", "QueuedEmailAttempt"]
