"""Where the audit log is found in the sidebar and the palette."""

from leadcrm.audit.permissions import SEE_AUDIT
from leadcrm.core.navigation import NavItem, register

register(
    NavItem(
        "Audit", "audit:entry_list", "scroll-text", "organization", 70, SEE_AUDIT, keywords="log history who did what"
    )
)
