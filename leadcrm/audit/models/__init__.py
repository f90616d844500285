from leadcrm.audit.models.event import DomainEvent
from leadcrm.audit.models.log import ActivityLog, FieldChange
from leadcrm.audit.models.setting import RateTable, Setting

__all__ = ["ActivityLog", "DomainEvent", "FieldChange", "RateTable", "Setting"]
