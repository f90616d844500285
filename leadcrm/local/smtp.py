"""A mail server that keeps every mail in the local mailbox and sends none.

``python -m leadcrm.local.smtp --socket FD --folder FOLDER``
"""

import argparse
import asyncio
import signal
import socket
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from leadcrm.local.mailbox import Mailbox

LARGEST_MAIL_BYTES = 40 * 1024 * 1024


class Keeper:
    """Stores what arrives; the method is aiosmtpd's."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        content = envelope.content or b""
        try:
            self.mailbox.add(content if isinstance(content, bytes) else content.encode(), envelope.rcpt_tos)
        except OSError as error:
            # A temporary refusal: the sender keeps the mail and tries again.
            return f"451 The mailbox cannot be written: {error.strerror}"
        return "250 Kept in the local mailbox"


async def serve(mailbox: Mailbox, listening: socket.socket) -> None:
    """Take mails until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    keeper = Keeper(mailbox)
    server = await loop.create_server(
        lambda: SMTP(
            keeper, data_size_limit=LARGEST_MAIL_BYTES, enable_SMTPUTF8=True, hostname="localhost", ident="leadcrm"
        ),
        sock=listening,
    )
    await stop.wait()
    server.close()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--socket", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args()
    asyncio.run(serve(Mailbox(options.folder), socket.socket(fileno=options.socket)))


if __name__ == "__main__":
    main()
