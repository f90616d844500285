"""What the audit log says about mails."""

from enum import StrEnum

from leadcrm.audit.messages import register


class EmailEvent(StrEnum):
    QUEUED = "email.queued"
    SENT = "email.sent"
    FAILED = "email.failed"
    IN_DOUBT = "email.in_doubt"
    HELD_BACK = "email.held_back"
    RETRIED = "email.retried"
    CANCELLED = "email.cancelled"
    RESOLVED = "email.resolved"


for _event, _words in {
    EmailEvent.QUEUED: "queued a mail",
    EmailEvent.SENT: "sent a mail",
    EmailEvent.FAILED: "could not send a mail",
    EmailEvent.IN_DOUBT: "does not know whether a mail arrived",
    EmailEvent.HELD_BACK: "held a mail back",
    EmailEvent.RETRIED: "put a mail into the queue again",
    EmailEvent.CANCELLED: "cancelled a mail",
    EmailEvent.RESOLVED: "decided about a mail in doubt",
}.items():
    register(_event, _words)
