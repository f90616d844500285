"""A real mail server on a port of its own, whose answers a test chooses."""

import asyncio
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class MailServer(Controller):
    """Keeps what it takes. ``before_taking`` and ``after_taking`` run in its thread, while the sender waits.

    ``refusals`` are answers by recipient, ``answer`` is the one to every message; ``broken`` says when to drop the
    next connection: "before" the mail was handed over or "after".
    """

    def __init__(self) -> None:
        super().__init__(self, hostname="127.0.0.1", port=0)
        self.mails: list[EmailMessage] = []
        self.refusals: dict[str, str] = {}
        self.answer = "250 Taken"
        self.broken = ""
        self.before_taking: Callable[[], object] = lambda: None
        self.after_taking: Callable[[], object] = lambda: None

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()

    def to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.mails if mail["To"] == address]

    # The names are aiosmtpd's.

    async def handle_RCPT(
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        await asyncio.to_thread(self.before_taking)
        if self.broken == "before":
            self.broken = ""
            server.transport.abort()
        envelope.rcpt_tos.append(address)
        return self.refusals.get(address, "250 OK")

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        self.mails.append(message_from_bytes(envelope.content or b"", policy=policy.default))
        await asyncio.to_thread(self.after_taking)
        if self.broken == "after":
            self.broken = ""
            server.transport.abort()
        return self.answer


@pytest.fixture
def mail_server(settings) -> Iterator[MailServer]:
    """Run a mail server to which this process sends its mails, by the way that production takes."""
    server = MailServer()
    server.start()
    settings.EMAIL_BACKEND = "leadcrm.core.mail.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    yield server
    server.stop(no_assert=True)
