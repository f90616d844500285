"""How long events are kept."""

from leadcrm.analytics import services
from leadcrm.core.retention import RULES, RetentionRule

RULES.register("analytics.events", RetentionRule("Events", 13, services.delete_events_before))
