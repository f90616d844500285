"""What the audit log says about consent."""

from enum import StrEnum

from leadcrm.audit.messages import register


class PrivacyEvent(StrEnum):
    CONSENT_GIVEN = "consent.given"
    CONSENT_WITHDRAWN = "consent.withdrawn"


register(PrivacyEvent.CONSENT_GIVEN, "recorded a consent")
register(PrivacyEvent.CONSENT_WITHDRAWN, "recorded that a consent was withdrawn")
