"""Rights over messages."""

from enum import StrEnum

from leadcrm.accounts.choices import Role
from leadcrm.accounts.rights import register


class MessagingPermission(StrEnum):
    MANAGE_QUEUE = "messaging.manage_queue"  # see queued mails with their texts; retry, cancel and resolve them


# The texts hold links that let a prospect in, so they are not for everybody.
register(MessagingPermission.MANAGE_QUEUE, [Role.ADMIN])
