"""Send mails one by one and learn what became of each.

Django's backend either sends or raises, and what it raises does not say whether a mail whose connection broke may
have arrived. Whoever wants to neither lose nor repeat a mail has to know.
"""

from __future__ import annotations

import enum
import logging
import smtplib

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.smtp import EmailBackend as DjangoEmailBackend

logger = logging.getLogger(__name__)

PERMANENT = 500


class Outcome(enum.StrEnum):
    """What became of a mail."""

    SENT = "sent"
    # For good: the server does not take this mail for this person.
    REFUSED = "refused"
    # The server had all of it and never answered. It has most likely arrived.
    UNKNOWN = "unknown"
    # It certainly did not leave, and may be tried again.
    PUT_OFF = "put_off"
    # No mail leaves for now, this one as little as any other.
    OUT_OF_REACH = "out_of_reach"


class AttentiveSMTP(smtplib.SMTP):
    """Remembers whether the last thing that left was the end of a message."""

    handed_over = False

    def send(self, s: object) -> None:
        super().send(s)  # type: ignore[arg-type]
        self.handed_over = isinstance(s, bytes) and s.endswith(b"\r\n.\r\n")


class EmailBackend(DjangoEmailBackend):
    """Django's SMTP backend, which can tell after a break whether the server had all of the message."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return AttentiveSMTP

    @property
    def handed_over(self) -> bool:
        return isinstance(self.connection, AttentiveSMTP) and self.connection.handed_over


class Post:
    """The way to the mail server for one run: opened for the first mail, and again after a break.

    When it is out of reach once, no other mail of the run waits for it.
    """

    def __init__(self) -> None:
        self._connection = get_connection()
        self._is_out_of_reach = False

    def send(self, mail: EmailMessage) -> Outcome:
        """Send one mail, log what kept it from leaving, and return what became of it."""
        if not self._is_open():
            return Outcome.OUT_OF_REACH
        try:
            self._connection.send_messages([mail])
        except (smtplib.SMTPException, OSError, ValueError) as problem:
            # Before the connection is closed, which says good-bye and forgets.
            was_handed_over = bool(getattr(self._connection, "handed_over", False))
            self.close()
            return self._judge(problem, was_handed_over)
        return Outcome.SENT

    def close(self) -> None:
        try:
            self._connection.close()
        except (smtplib.SMTPException, OSError):
            logger.info("The mail server ended the connection before we did.")

    def _is_open(self) -> bool:
        if self._is_out_of_reach:
            return False
        try:
            self._connection.open()
        except (smtplib.SMTPException, OSError) as problem:
            logger.warning("Mails wait, because the mail server is out of reach: %s", problem)
            self._is_out_of_reach = True
            self.close()
        return not self._is_out_of_reach

    @staticmethod
    def _judge(problem: Exception, was_handed_over: bool) -> Outcome:
        if isinstance(problem, smtplib.SMTPRecipientsRefused):
            codes = [code for code, _ in problem.recipients.values()]
            outcome = Outcome.REFUSED if min(codes) >= PERMANENT else Outcome.PUT_OFF
        elif isinstance(problem, smtplib.SMTPDataError):
            outcome = Outcome.REFUSED if problem.smtp_code >= PERMANENT else Outcome.PUT_OFF
        else:
            outcome = Outcome.UNKNOWN if was_handed_over else Outcome.PUT_OFF
        logger.warning("A mail did not leave (%s): %s", outcome, problem)
        return outcome
