"""Send mails one by one and learn what became of each.

Django's backend either sends or raises, and what it raises does not say whether a mail whose connection broke may
have arrived. Whoever wants to neither lose nor repeat a mail has to know.
"""

from __future__ import annotations

import enum
import logging
import re
import smtplib

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.smtp import EmailBackend as DjangoEmailBackend

logger = logging.getLogger(__name__)

PERMANENT = 500
# The server closes the channel. After the end of a message it does not say whether it keeps that message.
CLOSING = 421
# A server may scan a message that it has before it answers; whoever hangs up earlier does not know.
FINAL_ANSWER_SECONDS = 60
LONGEST_PROBLEM = 500
# Some servers repeat in their answers what they were told, the password included.
_SECRETS = re.compile(r"(?i)\b(AUTH|PLAIN|LOGIN|password)\b[ =:]+\S+")


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
    """Remembers whether the last thing that left was the end of a message, whose answer may take longer."""

    handed_over = False
    final_answer_seconds: int | None = None

    def send(self, s: object) -> None:
        ends = isinstance(s, bytes) and s.endswith(b"\r\n.\r\n")
        if self.final_answer_seconds and self.sock is not None:
            self.sock.settimeout(self.final_answer_seconds if ends else self.timeout)
        super().send(s)  # type: ignore[arg-type]
        self.handed_over = ends


class EmailBackend(DjangoEmailBackend):
    """Django's SMTP backend, which can tell after a break whether the server had all of the message.

    ``final_answer_seconds`` is for the worker: nobody waits for a page that long.
    """

    final_answer_seconds: int | None = None

    def open(self) -> bool | None:
        is_new = super().open()
        if isinstance(self.connection, AttentiveSMTP):
            self.connection.final_answer_seconds = self.final_answer_seconds
        return is_new

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return AttentiveSMTP

    @property
    def handed_over(self) -> bool:
        return isinstance(self.connection, AttentiveSMTP) and self.connection.handed_over


class Post:
    """The way to the mail server for one run: opened for the first mail, and again after a break.

    When it is out of reach once, no other mail of the run waits for it. ``problem`` says in the words of the server
    why the last mail did not leave; it is empty when it did.
    """

    def __init__(self) -> None:
        self._connection = get_connection()
        if isinstance(self._connection, EmailBackend):
            self._connection.final_answer_seconds = FINAL_ANSWER_SECONDS
        self._is_out_of_reach = False
        self.problem = ""

    def send(self, mail: EmailMessage) -> Outcome:
        """Send one mail, log what kept it from leaving, and return what became of it."""
        if not self._is_open():
            return Outcome.OUT_OF_REACH
        try:
            self._connection.send_messages([mail])
            self.problem = ""
        except (smtplib.SMTPException, OSError, ValueError) as problem:
            # Before the connection is closed, which says good-bye and forgets.
            was_handed_over = bool(getattr(self._connection, "handed_over", False))
            self.close()
            self.problem = _words(problem)
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
            self.problem = _words(problem)
            self._is_out_of_reach = True
            self.close()
        return not self._is_out_of_reach

    @staticmethod
    def _judge(problem: Exception, was_handed_over: bool) -> Outcome:
        if isinstance(problem, smtplib.SMTPRecipientsRefused):
            codes = [code for code, _ in problem.recipients.values()]
            outcome = Outcome.REFUSED if min(codes) >= PERMANENT else Outcome.PUT_OFF
        elif isinstance(problem, smtplib.SMTPDataError) and problem.smtp_code == CLOSING and was_handed_over:
            outcome = Outcome.UNKNOWN
        elif isinstance(problem, smtplib.SMTPDataError):
            outcome = Outcome.REFUSED if problem.smtp_code >= PERMANENT else Outcome.PUT_OFF
        else:
            outcome = Outcome.UNKNOWN if was_handed_over else Outcome.PUT_OFF
        logger.warning("A mail did not leave (%s): %s", outcome, problem)
        return outcome


def _words(problem: Exception) -> str:
    """Return the server's answer for people: one line, short, without what looks like a password."""
    if isinstance(problem, smtplib.SMTPRecipientsRefused):
        said = " ".join(_answer(code, answer) for code, answer in problem.recipients.values())
    elif isinstance(problem, smtplib.SMTPResponseException):
        said = _answer(problem.smtp_code, problem.smtp_error)
    else:
        said = str(problem) or type(problem).__name__
    line = "".join(sign for sign in " ".join(said.split()) if sign.isprintable())
    return _SECRETS.sub(r"\1 …", line)[:LONGEST_PROBLEM]


def _answer(code: int, text: bytes | str) -> str:
    return f"{code} {text.decode(errors='replace') if isinstance(text, bytes) else text}"
