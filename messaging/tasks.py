"""Background work on messages. Tasks can run twice and at once; the services do the work."""

from __future__ import annotations

from celery import shared_task


@shared_task(name="messaging.send_due")
def send_due() -> int:
    """Send the mails that are due; return how many left. A run that was not enough rings for the next one."""
    from messaging.services import queued_emails, sending

    run = sending.send_due()
    if run.has_more:
        queued_emails.ring_now()
    return run.sent


@shared_task(name="messaging.close_doubts")
def close_doubts() -> int:
    """End the wait for news about mails in doubt; return how many there were."""
    from messaging.services import sending

    return sending.close_doubts()
