"""Workers that remind people: several at once, and one that is killed."""

import os
import subprocess
import sys
import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from leadcrm.core import tenancy
from leadcrm.settings.env import BASE_DIR
from leads.models import Activity
from leads.services import reminders
from tests.at_once import at_once
from tests.factories.accounts import UserFactory
from tests.factories.leads import ActivityFactory, LeadFactory

pytestmark = pytest.mark.django_db(transaction=True)

PROGRAM = "import django; django.setup(); from leads.tasks import send_reminders; send_reminders()"


@pytest.fixture
def plan(organization, other_organization):
    """Return a function that plans calls of which many people of two organisations are to be reminded."""

    def make(count: int) -> list[Activity]:
        made: list[Activity] = []
        now = timezone.now()
        for number in range(count):
            of = (organization, other_organization)[number % 2]
            person = UserFactory(rep=True, organization=of, email=f"rep{number}@acme.example")
            lead = LeadFactory(organization=of, assigned_to=person)
            with tenancy.organization_scope(of.pk):
                made.append(ActivityFactory(lead=lead, user=person, scheduled_at=now, remind_at=now))
        return made

    return make


@pytest.fixture
def worker(mail_server):
    """Return a function that starts a process which reminds people as the worker does, and ends."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "leadcrm.settings.dev",
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": str(mail_server.port),
        "REDIS_URL": "",
        "PYTHONWARNINGS": "ignore",
    }
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        started.append(subprocess.Popen([sys.executable, "-c", PROGRAM], cwd=BASE_DIR, env=environment))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def now_of(activity: Activity) -> Activity:
    with tenancy.organization_scope(activity.organization_id):
        return Activity.objects.get(pk=activity.pk)


def recipients(server) -> Counter[str]:
    return Counter(str(mail["To"]) for mail in server.mails)


def test_two_workers_at_once_remind_everybody_once(plan, mail_server, worker):
    planned = plan(30)
    # Nobody's mail is taken before both workers hold a reminder.
    both = threading.Barrier(2, timeout=60)
    waits = threading.Semaphore(2)

    def meet() -> None:
        if waits.acquire(blocking=False):
            both.wait()

    mail_server.before_taking = meet
    processes = [worker(), worker()]
    assert [process.wait(60) for process in processes] == [0, 0]
    assert recipients(mail_server) == Counter(f"rep{number}@acme.example" for number in range(30))
    assert all(now_of(activity).reminded_at for activity in planned)


def test_threads_of_one_worker_remind_everybody_once(plan, mail_server):
    plan(12)
    assert sum(at_once(*[reminders.send_due] * 4)) == 12
    assert set(recipients(mail_server).values()) == {1}


def test_the_mail_of_a_worker_that_is_killed_leaves_when_its_lease_is_over(plan, mail_server, worker):
    (activity,) = plan(1)
    processes = []
    mail_server.before_taking = lambda: processes[0].kill()
    processes.append(worker())
    assert processes[0].wait(60) < 0
    assert mail_server.mails == []
    mail_server.before_taking = lambda: None
    claimed = now_of(activity)
    assert claimed.reminded_at is None
    assert reminders.send_due() == 0
    assert reminders.send_due(at=claimed.reminder_lease_until - timedelta(seconds=1)) == 0
    assert reminders.send_due(at=claimed.reminder_lease_until) == 1
    assert recipients(mail_server) == {"rep0@acme.example": 1}


def test_copies_that_a_kill_in_the_last_moment_makes_are_known_as_one_mail(plan, mail_server, worker):
    (activity,) = plan(1)
    processes = []
    mail_server.after_taking = lambda: (processes[0].kill(), processes[0].wait())
    processes.append(worker())
    processes[0].wait(60)
    mail_server.after_taking = lambda: None
    assert reminders.send_due(at=now_of(activity).reminder_lease_until) == 1
    first, second = mail_server.mails
    assert first["Message-ID"] == second["Message-ID"]
