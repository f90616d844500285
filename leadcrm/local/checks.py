"""What must never be true on a server that strangers reach."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security, deploy=True)
def mailbox_is_closed(**_: Any) -> list[CheckMessage]:
    """Refuse the local mailbox in production: it shows every mail, password resets included, to everybody."""
    if not settings.LOCAL_MAILBOX_DIR:
        return []
    return [
        Error(
            "LOCAL_MAILBOX_DIR is set, so everybody can read every mail.",
            hint="Unset LOCAL_MAILBOX_DIR; it is for `make run` alone.",
            id="leadcrm.E020",
        )
    ]
