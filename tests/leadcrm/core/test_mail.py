"""What became of a mail, told from the conversation with the server. Reminders test the rest of it."""

import pytest
from django.core.mail import EmailMessage, get_connection

from leadcrm.core.mail import Outcome, Post


def mail(to="asha@example.com") -> EmailMessage:
    return EmailMessage("Hello", "Text", "crm@example.com", [to])


@pytest.fixture
def post(mail_server):
    post = Post()
    yield post
    post.close()


def test_mails_of_one_run_share_a_connection(post, mail_server):
    peers = set()
    mail_server.before_taking = lambda: peers.add(post._connection.connection.sock.getsockname())
    assert [post.send(mail()) for _ in range(3)] == [Outcome.SENT] * 3
    assert len(peers) == 1


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [("550 Nobody", Outcome.REFUSED), ("450 Later", Outcome.PUT_OFF), ("421 Closing", Outcome.PUT_OFF)],
)
def test_a_refusal_concerns_one_mail_and_the_next_one_leaves(post, mail_server, caplog, answer, outcome):
    mail_server.refusals["nobody@example.com"] = answer
    assert post.send(mail("nobody@example.com")) is outcome
    assert post.send(mail()) is Outcome.SENT


@pytest.mark.parametrize(("moment", "outcome"), [("before", Outcome.PUT_OFF), ("after", Outcome.UNKNOWN)])
def test_a_break_says_whether_the_mail_may_have_arrived(post, mail_server, caplog, moment, outcome):
    mail_server.broken = moment
    assert post.send(mail()) is outcome
    assert len(mail_server.mails) == (moment == "after")
    assert post.send(mail()) is Outcome.SENT


def test_a_mail_that_cannot_be_written_stops_no_other(post, mail_server, caplog):
    assert post.send(mail("two\nlines@example.com")) is Outcome.PUT_OFF
    assert post.send(mail()) is Outcome.SENT


def test_a_server_that_is_out_of_reach_is_asked_once_in_a_run(settings, caplog):
    settings.EMAIL_BACKEND = "leadcrm.core.mail.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    post = Post()
    assert [post.send(mail()) for _ in range(3)] == [Outcome.OUT_OF_REACH] * 3
    assert caplog.text.count("out of reach") == 1


def test_the_server_of_production_is_the_attentive_one():
    from leadcrm.settings import base

    assert hasattr(type(get_connection(base.EMAIL_BACKEND)), "handed_over")
