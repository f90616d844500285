import smtplib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.core.mail import EmailMultiAlternatives, get_connection
from django.test import Client, override_settings

from leadcrm.local.mailbox import Mailbox, plain_text
from leadcrm.local.sockets import inner_socket, port_of
from leadcrm.settings.env import BASE_DIR

# Imported before any test changes the setting that the usual routes depend on.
from tests.leadcrm.local import mailbox_urls


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[Mailbox]:
    with override_settings(LOCAL_MAILBOX_DIR=str(tmp_path / "mailbox"), ROOT_URLCONF=mailbox_urls.__name__):
        yield Mailbox(tmp_path / "mailbox")


def mail(subject: str = "Welcome", text: str = "Hello", html: str = "") -> bytes:
    message = EmailMultiAlternatives(subject, text, "crm@example.com", ["asha@example.com"])
    if html:
        message.attach_alternative(html, "text/html")
    return message.message().as_bytes()


def test_mail_that_is_sent_is_kept_and_shown(mailbox: Mailbox, client: Client, db):
    with inner_socket() as listening:
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "leadcrm.local.smtp"),
                *("--socket", str(listening.fileno()), "--folder", str(mailbox.folder)),
            ],
            cwd=BASE_DIR,
            pass_fds=(listening.fileno(),),
        )
        with server:
            backend = "django.core.mail.backends.smtp.EmailBackend"
            connection = get_connection(backend, host="127.0.0.1", port=port_of(listening), timeout=20)
            message = EmailMultiAlternatives(
                "Grüße aus Pune", "Open https://crm.example/confirm/x1/ now.", "crm@example.com",
                ["asha@example.com"], bcc=["hidden@example.com"], connection=connection,
            )  # fmt: skip
            message.attach("invoice.pdf", b"%PDF-1.7", "application/pdf")
            assert message.send() == 1
            server.terminate()
    (name,) = mailbox.names()
    listed = client.get("/local/mailbox/")
    assert listed.status_code == 200
    assert "Grüße aus Pune" in listed.content.decode()
    shown = client.get(f"/local/mailbox/{name}/").content.decode()
    assert 'href="https://crm.example/confirm/x1/"' in shown
    assert "asha@example.com, hidden@example.com" in shown
    assert "invoice.pdf (application/pdf, 8\xa0bytes)" in shown


def test_mail_cannot_bring_markup_into_the_page(mailbox: Mailbox, client: Client, db):
    name = mailbox.add(mail("<script>one</script>", "<b>two</b>", "<p onclick=x>three<script>four</script></p>"), [])
    for page in ("/local/mailbox/", f"/local/mailbox/{name}/"):
        content = client.get(page).content.decode()
        assert "<script>one" not in content
        assert "&lt;script&gt;one" in content
    assert "&lt;b&gt;two" in content
    assert "three" in content
    assert "four" not in content


def test_newest_mail_comes_first_and_older_ones_have_pages(mailbox: Mailbox, client: Client, db):
    for number in range(30):
        mailbox.add(mail(f"Number {number:02}"), ["asha@example.com"])
    first = client.get("/local/mailbox/").content.decode()
    assert first.index("Number 29") < first.index("Number 28")
    assert "Number 04" not in first
    assert "Number 04" in client.get("/local/mailbox/?page=2").content.decode()


def test_empty_mailbox_says_what_will_come(mailbox: Mailbox, client: Client, db):
    assert "No mail yet" in client.get("/local/mailbox/").content.decode()


@pytest.mark.parametrize("name", ["20260101T000000000000-00000000", "..%2f..%2fsecrets", "secrets"])
def test_mail_that_is_not_there_is_not_found(mailbox: Mailbox, client: Client, db, name: str):
    assert client.get(f"/local/mailbox/{name}/").status_code == 404


def test_page_does_not_exist_without_a_local_mailbox(client: Client, db):
    assert client.get("/local/mailbox/").status_code == 404


def test_production_refuses_the_local_mailbox(mailbox: Mailbox):
    found = {message.id for message in run_checks(include_deployment_checks=True)}
    assert "leadcrm.E020" in found
    with override_settings(LOCAL_MAILBOX_DIR=""):
        assert "leadcrm.E020" not in {message.id for message in run_checks(include_deployment_checks=True)}


def test_full_mailbox_leaves_the_mail_with_the_sender(tmp_path: Path):
    blocked = tmp_path / "mailbox"
    blocked.touch()
    with inner_socket() as listening:
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "leadcrm.local.smtp"),
                *("--socket", str(listening.fileno()), "--folder", str(blocked)),
            ],
            cwd=BASE_DIR,
            pass_fds=(listening.fileno(),),
        )
        with server:
            with (
                smtplib.SMTP("127.0.0.1", port_of(listening), timeout=20) as client,
                pytest.raises(smtplib.SMTPDataError) as refusal,
            ):
                client.sendmail("crm@example.com", ["asha@example.com"], mail())
            server.terminate()
    assert refusal.value.smtp_code == 451


def test_html_reads_as_text_with_its_addresses():
    html = """<html><head><title>T</title><style>p {}</style></head><body><h1>Hello&nbsp;Asha</h1>
    <p>Please <a href="https://crm.example/x">confirm
    this</a>.</p><ul><li>One<li>Two</ul><a href="javascript:alert(1)">no</a></body></html>"""
    assert plain_text(html) == "Hello Asha\n\nPlease confirm this (https://crm.example/x) .\n\nOne\nTwo\nno"


def test_unreadable_mail_is_still_shown(mailbox: Mailbox):
    name = mailbox.add(b"Content-Type: text/plain; charset=klingon\r\n\r\nqap\xffla\r\n", ["asha@example.com"])
    shown = mailbox.read(name)
    assert shown is not None
    assert shown.subject == "(no subject)"
    assert shown.text.startswith("qap")


def test_mailbox_keeps_only_whole_mails(mailbox: Mailbox):
    mailbox.add(mail(), [])
    (mailbox.folder / "20260101T000000000000-00000000.writing").write_bytes(b"half")
    assert len(mailbox.names()) == 1
