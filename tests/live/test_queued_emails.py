"""Real workers and a real mail server: several at once, killed at any moment, and the one that `make run` starts."""

import os
import random
import subprocess
import sys
import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from leadcrm.core import tenancy
from leadcrm.settings.env import BASE_DIR
from messaging.models import QueuedEmail
from messaging.services import queued_emails, sending
from tests.factories.messaging import QueuedEmailFactory
from tests.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

PROGRAM = "import django; django.setup(); from messaging.tasks import send_due; send_due()"
# Says that it is preparing the mail, and waits there to be killed.
STUCK = """
import django, sys, time
django.setup()
from messaging.attachments import MAKERS
from messaging.tasks import send_due
MAKERS._items["messaging.calendar_entry"] = lambda _: (print("preparing", flush=True), time.sleep(60))
send_due()
"""


@pytest.fixture
def queue(organization, other_organization):
    """Return a function that queues mails of two organisations."""

    def make(count: int, **more) -> list[QueuedEmail]:
        both = (organization, other_organization)
        return [
            QueuedEmailFactory(organization=both[number % 2], recipient=f"person{number}@x.example", **more)
            for number in range(count)
        ]

    return make


@pytest.fixture
def start(mail_server):
    """Return a function that starts a process which sends what is due as the worker does, and ends."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "leadcrm.settings.dev",
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": str(mail_server.port),
        "REDIS_URL": "",
        "PYTHONWARNINGS": "ignore",
    }
    started: list[subprocess.Popen[str]] = []

    def run(program: str = PROGRAM) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", program], cwd=BASE_DIR, env=environment, stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def now_of(mail: QueuedEmail) -> QueuedEmail:
    with tenancy.organization_scope(mail.organization_id):
        return QueuedEmail.objects.get(pk=mail.pk)


def end_leases() -> None:
    """Let time pass until the leases of dead workers are over."""
    with tenancy.staff_scope():
        over = timezone.now() - timedelta(seconds=1)
        QueuedEmail.objects.filter(state__in=["claimed", "sending"]).update(lease_until=over)


def received(server) -> Counter[str]:
    return Counter(str(mail["To"]) for mail in server.mails)


def test_two_workers_at_once_send_everything_once(queue, mail_server, start):
    mails = queue(60)
    # Nobody's mail is taken before both workers hold one.
    both = threading.Barrier(2, timeout=60)
    waits = threading.Semaphore(2)

    def meet() -> None:
        if waits.acquire(blocking=False):
            both.wait()

    mail_server.before_taking = meet
    processes = [start(), start()]
    assert [process.wait(60) for process in processes] == [0, 0]
    while sending.send_due().has_more:  # what did not fit into the time of the runs
        pass
    assert received(mail_server) == Counter(mail.recipient for mail in mails)
    assert {now_of(mail).state for mail in mails} == {"sent"}


def test_a_mail_whose_worker_is_killed_while_it_sends_is_in_doubt_and_not_sent_again(queue, mail_server, start):
    (mail,) = queue(1)
    processes = []
    mail_server.before_taking = lambda: processes[0].kill()
    processes.append(start())
    assert processes[0].wait(60) < 0
    mail_server.before_taking = lambda: None
    assert now_of(mail).state == "sending"
    assert sending.send_due().sent == 0
    end_leases()
    assert sending.send_due().sent == 0
    assert (now_of(mail).state, now_of(mail).attempt_count) == ("unknown", 1)
    assert mail_server.mails == []


def test_a_mail_whose_worker_is_killed_after_the_server_took_it_is_not_sent_twice(queue, mail_server, start, admin):
    (mail,) = queue(1)
    processes = []
    mail_server.after_taking = lambda: (processes[0].kill(), processes[0].wait())
    processes.append(start())
    processes[0].wait(60)
    mail_server.after_taking = lambda: None
    end_leases()
    assert sending.send_due().sent == 0
    assert now_of(mail).state == "unknown"
    assert received(mail_server) == {mail.recipient: 1}
    with tenancy.organization_scope(mail.organization_id):
        queued_emails.resolve_email(mail=mail, resolution="arrived", actor=admin)
    assert now_of(mail).state == "sent"


def test_a_mail_whose_worker_is_killed_while_it_prepares_it_is_sent_by_the_next(queue, mail_server, start):
    arguments = {
        "uid": "1@x", "sequence": 0, "stamp": "2026-11-24T04:30:00+00:00", "starts_at": "2026-11-25T04:30:00+00:00",
        "ends_at": "2026-11-25T05:30:00+00:00", "summary": "Demo",
    }  # fmt: skip
    entry = {"name": "meeting.ics", "media_type": "text/calendar", "maker": "messaging.calendar_entry"}
    (mail,) = queue(1, attachments=[{**entry, "arguments": arguments}])
    stuck = start(STUCK)
    assert stuck.stdout.readline() == "preparing\n"
    assert now_of(mail).state == "claimed"
    assert sending.send_due().sent == 0  # the lease holds
    stuck.kill()
    stuck.wait()
    end_leases()
    assert sending.send_due().sent == 1
    assert received(mail_server) == {mail.recipient: 1}


def kill_at_random(kills: int, queue, mail_server, start) -> None:
    """Kill workers at random moments, and check that no address gets two copies and no mail is forgotten."""
    chance = random.Random(20261121)
    mails = queue(kills * 6)
    current: list[subprocess.Popen[str]] = []
    left = {"kills": kills}

    def maybe() -> None:
        if left["kills"] and current and current[0].poll() is None and chance.random() < 0.2:
            left["kills"] -= 1
            current[0].kill()
            current[0].wait()

    mail_server.before_taking = mail_server.after_taking = maybe
    for _ in range(kills * 3):
        with tenancy.staff_scope():
            if not QueuedEmail.objects.pending().exists():
                break
        current[:] = [start()]
        current[0].wait(60)
        end_leases()
    mail_server.before_taking = mail_server.after_taking = lambda: None
    end_leases()
    while sending.send_due().has_more:
        pass
    states = Counter(now_of(mail).state for mail in mails)
    counts = received(mail_server)
    assert set(counts.values()) == {1}
    assert set(states) <= {"sent", "unknown"} and states["unknown"] <= kills - left["kills"]
    assert {mail.recipient for mail in mails if now_of(mail).state == "sent"} <= set(counts)
    assert left["kills"] < kills


def test_workers_that_are_killed_at_random_neither_lose_nor_double_a_mail(queue, mail_server, start):
    kill_at_random(6, queue, mail_server, start)


@pytest.mark.soak
def test_workers_that_are_killed_sixty_times_neither_lose_nor_double_a_mail(queue, mail_server, start):
    kill_at_random(60, queue, mail_server, start)


def test_the_worker_of_an_installation_sends_what_is_queued(organization, mail_server, monkeypatch, new_worker):
    monkeypatch.setenv("EMAIL_HOST", "127.0.0.1")
    monkeypatch.setenv("EMAIL_PORT", str(mail_server.port))
    worker = new_worker()
    worker.start()
    with tenancy.organization_scope(organization.pk):
        mail = queued_emails.queue_email(template="welcome", to=["greta@x.example"], data={"name": "Greta"})
    wait_until(lambda: now_of(mail).state == "sent", 30)
    assert received(mail_server) == {"greta@x.example": 1}
    connections.close_all()
