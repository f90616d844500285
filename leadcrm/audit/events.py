"""What the audit log says about settings."""

from enum import StrEnum

from leadcrm.audit.messages import register


class AuditEvent(StrEnum):
    SETTING_CHANGED = "setting.changed"
    RATES_PUBLISHED = "rates.published"
    STAFF_ACCESS = "staff.access"


register(AuditEvent.SETTING_CHANGED, "changed a setting")
register(AuditEvent.RATES_PUBLISHED, "published a table of rates")
register(AuditEvent.STAFF_ACCESS, "looked at customer data in the admin")
