"""What the audit log says about settings."""

from enum import StrEnum

from leadcrm.audit.messages import register


class AuditEvent(StrEnum):
    SETTING_CHANGED = "setting.changed"
    RATES_PUBLISHED = "rates.published"
    STAFF_ACCESS = "staff.access"
    STAFF_ADDED = "staff.added"
    STAFF_CHANGED = "staff.changed"
    STAFF_DELETED = "staff.deleted"
    LOG_EXPORTED = "audit.exported"


register(AuditEvent.SETTING_CHANGED, "changed a setting")
register(AuditEvent.RATES_PUBLISHED, "published a table of rates")
register(AuditEvent.STAFF_ACCESS, "looked at customer data in the admin")
register(AuditEvent.STAFF_ADDED, "added something in the admin")
register(AuditEvent.STAFF_CHANGED, "changed something in the admin")
register(AuditEvent.STAFF_DELETED, "deleted something in the admin")
register(AuditEvent.LOG_EXPORTED, "downloaded the audit log")
