"""Where mails are found in the sidebar and the palette."""

from leadcrm.core.navigation import NavItem, register
from messaging.permissions import MessagingPermission

register(
    NavItem(
        "Outgoing mail",
        "messaging:queued_email_list",
        "mail",
        "organization",
        65,
        MessagingPermission.MANAGE_QUEUE,
        keywords="e-mail queue welcome reminder failed outbox",
    )
)
