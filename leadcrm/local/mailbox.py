"""The mails of a local installation: a folder of .eml files, newest first."""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from html.parser import HTMLParser
from pathlib import Path

NAME = re.compile(r"\d{8}T\d{12}-[0-9a-f]{8}")


@dataclass(frozen=True)
class Attachment:
    name: str
    content_type: str
    size: int


@dataclass(frozen=True)
class Mail:
    """One mail, as far as a page shows it: everything in it is plain text."""

    name: str
    sender: str
    recipients: str
    subject: str
    received_at: datetime
    text: str
    text_of_html: str
    attachments: tuple[Attachment, ...]


class Mailbox:
    """A folder of mails."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, content: bytes, recipients: list[str]) -> str:
        """Store a mail whole or not at all, and return its name."""
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}"
        # Who it was really sent to is in the envelope alone: a blind copy has no header.
        envelope = "".join(f"X-Envelope-To: {_one_line(address)}\r\n" for address in recipients)
        writing = self.folder / f"{name}.writing"
        writing.write_bytes(envelope.encode() + content)
        writing.replace(self._path(name))
        return name

    def names(self) -> list[str]:
        """Return the names of all mails, newest first."""
        found = [path.stem for path in self.folder.glob("*.eml") if NAME.fullmatch(path.stem)]
        return sorted(found, reverse=True)

    def read(self, name: str) -> Mail | None:
        """Return one mail, or None where there is none of that name."""
        if not NAME.fullmatch(name):
            return None
        try:
            content = self._path(name).read_bytes()
        except FileNotFoundError:
            return None
        message = BytesParser(policy=policy.default).parsebytes(content)
        return Mail(
            name=name,
            sender=_header(message, "From"),
            recipients=", ".join(str(value) for value in message.get_all("X-Envelope-To", []))
            or _header(message, "To"),
            subject=_header(message, "Subject") or "(no subject)",
            received_at=datetime.strptime(name[:21], "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC),
            text=_part(message, "plain"),
            text_of_html=plain_text(_part(message, "html")),
            attachments=tuple(_attachments(message)),
        )

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.eml"


def plain_text(html: str) -> str:
    """Return what a person would read of an HTML text, with the address after each link."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = (re.sub(r"[ \t\r\f\v\xa0]+", " ", line).strip() for line in "".join(reader.parts).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _Reader(HTMLParser):
    BLOCKS = frozenset(("div", "dt", "dd", "h1", "h2", "h3", "h4", "hr", "li", "ol", "p", "pre", "table", "tr", "ul"))
    HIDDEN = frozenset(("head", "script", "style", "template", "title"))

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0
        self._links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.HIDDEN:
            self._hidden += 1
        elif tag == "br" or tag in self.BLOCKS:
            self.parts.append("\n")
        elif tag == "a":
            self._links.append(dict(attrs).get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in self.HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        elif tag in self.BLOCKS:
            self.parts.append("\n")
        elif tag == "a" and self._links:
            address = self._links.pop()
            if address.startswith(("http://", "https://", "mailto:")):
                self.parts.append(f" ({address}) ")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            # A line break in the source of a paragraph is only a space.
            self.parts.append(data.replace("\n", " "))


def _header(message: EmailMessage, name: str) -> str:
    return _one_line(str(message.get(name, "")))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    if body is None:
        return ""
    try:
        return str(body.get_content())
    except LookupError:  # a character set that nobody knows
        payload = body.get_payload(decode=True)
        return payload.decode("utf-8", errors="replace") if isinstance(payload, bytes) else ""


def _attachments(message: EmailMessage) -> Iterator[Attachment]:
    for part in message.iter_attachments():
        payload = part.get_payload(decode=True)
        size = len(payload) if isinstance(payload, bytes) else 0
        yield Attachment(part.get_filename() or "without a name", part.get_content_type(), size)
