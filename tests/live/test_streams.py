"""Event streams as a browser gets them: a real server process, a real database, real sessions."""

import resource
import time
from datetime import timedelta
from functools import partial

import psycopg
import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from leadcrm.accounts.models import User
from leadcrm.core import live, tenancy
from leads.choices import LeadStatus
from leads.services import assignment, pipeline
from tests.factories.accounts import TeamFactory, UserFactory
from tests.factories.leads import LeadFactory, stage_of
from tests.processes import wait_until
from tests.streams import STREAM_SERVER, signed_in

pytestmark = pytest.mark.django_db(transaction=True)


def move(lead, status=LeadStatus.CONTACTED, actor=None):
    with tenancy.organization_scope(lead.organization_id):
        pipeline.move_lead(lead=lead, stage=stage_of(lead.organization, status), actor=actor)


def news_arrived(*listeners, lead):
    wait_until(lambda: all(str(lead.pk) in listener.leads() for listener in listeners))


def _has_more(listener, count):
    return len(listener.named("notification")) > count


@pytest.fixture
def marker(organization, admin):
    """Return a function that waits until everything announced before has been delivered."""

    def wait(*listeners, who):
        counts = [len(listener.named("notification")) for listener in listeners]
        with tenancy.organization_scope(organization.pk):
            live.announce("notification", id=who.pk, user=who.pk)
        for listener, count in zip(listeners, counts, strict=True):
            wait_until(partial(_has_more, listener, count))

    return wait


def test_a_lead_is_news_for_those_who_see_it_and_for_nobody_else(
    streams, organization, admin, manager, rep, viewer, outsider, team
):
    stranger = UserFactory(organization=organization, team=TeamFactory(organization=organization), rep=True)
    colleague = UserFactory(organization=organization, team=team, rep=True)
    people = [admin, manager, rep, viewer, stranger, colleague, outsider]
    on = {person: streams.listen(person) for person in people}
    lead = LeadFactory(organization=organization, assigned_to=rep, team=team)
    pool = LeadFactory(organization=organization, assigned_to=None, team=team)
    move(lead)
    move(pool)
    news_arrived(on[admin], on[manager], on[rep], on[viewer], lead=lead)
    news_arrived(on[admin], on[manager], on[rep], on[viewer], on[colleague], lead=pool)
    # What is announced last arrives last, so whatever else was meant for them is there by then.
    theirs = LeadFactory(organization=organization, assigned_to=stranger, team=stranger.team)
    foreign = LeadFactory(organization=outsider.organization)
    move(theirs)
    move(foreign)
    news_arrived(on[stranger], lead=theirs)
    news_arrived(on[outsider], lead=foreign)
    assert on[colleague].leads() == [str(pool.pk)]
    assert on[stranger].leads() == [str(theirs.pk)]
    assert on[outsider].leads() == [str(foreign.pk)]


def test_only_the_id_and_the_tab_leave_the_server(streams, organization, admin):
    listener = streams.listen(admin)
    lead = LeadFactory(organization=organization)
    token = live.client.set("tab-1")
    try:
        move(lead)
    finally:
        live.client.reset(token)
    news_arrived(listener, lead=lead)
    assert listener.named("lead")[0].data == {"id": str(lead.pk), "by": "tab-1"}


def test_a_person_who_loses_a_lead_is_told_as_well(streams, organization, admin, rep, team):
    other = UserFactory(organization=organization, rep=True, team=TeamFactory(organization=organization))
    lead = LeadFactory(organization=organization, assigned_to=rep, team=team)
    before, after = streams.listen(rep), streams.listen(other)
    with tenancy.organization_scope(organization.pk):
        assignment.assign_lead(lead=lead, to=other, actor=admin)
    news_arrived(before, after, lead=lead)


def test_news_of_a_job_and_of_a_person_reach_only_the_owner(streams, organization, admin, rep, manager):
    on = {person: streams.listen(person) for person in (admin, rep, manager)}
    with tenancy.organization_scope(organization.pk):
        live.announce("job", id=admin.pk, owner=manager.pk)
        live.announce("notification", id=rep.pk, user=rep.pk)
        live.announce("board")
    wait_until(lambda: all(listener.named("board") for listener in on.values()))
    assert {person: [event.name for event in on[person].named("job", "notification")] for person in on} == {
        admin: [], rep: ["notification"], manager: ["job"],
    }  # fmt: skip


def test_what_was_rolled_back_is_no_news(streams, organization, admin, marker):
    listener = streams.listen(admin)
    lead = LeadFactory(organization=organization)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        move(lead)
        raise ZeroDivisionError
    marker(listener, who=admin)
    assert listener.leads() == []


def test_a_tab_that_comes_back_gets_what_it_missed_and_nothing_twice(streams, organization, admin, marker):
    leads = [LeadFactory(organization=organization) for _ in range(3)]
    first = streams.listen(admin)
    move(leads[0])
    news_arrived(first, lead=leads[0])
    first.close()
    watcher = streams.listen(admin)
    move(leads[1])
    move(leads[2])
    news_arrived(watcher, lead=leads[2])
    again = streams.listen(admin, last=first.last)
    marker(again, who=admin)
    assert again.leads() == [str(leads[1].pk), str(leads[2].pk)]
    assert not again.named("reset")


def test_a_tab_that_was_away_for_too_long_is_told_to_load_again(streams, admin):
    listener = streams.listen(admin, last="0" * 32)
    assert [event.name for event in listener.events][:2] == ["reset", "hello"]


def test_missed_news_obey_the_reach_as_fresh_ones_do(streams, organization, admin, rep, team):
    mine = LeadFactory(organization=organization, assigned_to=rep, team=team)
    foreign = LeadFactory(organization=organization, assigned_to=admin)
    before, watcher = streams.listen(rep), streams.listen(admin)
    start = LeadFactory(organization=organization, assigned_to=rep)
    move(start)
    news_arrived(before, watcher, lead=start)
    before.close()
    move(foreign)
    move(mine)
    news_arrived(watcher, lead=mine)
    again = streams.listen(rep, last=before.last)
    news_arrived(again, lead=mine)
    assert again.leads() == [str(mine.pk)]


@pytest.mark.parametrize("person", ["nobody", "staff", "inactive", "closed"])
def test_nobody_listens_without_a_session_of_an_active_member(streams, request, person, organization):
    user = None
    if person == "staff":
        user = request.getfixturevalue("staff")
    elif person in {"inactive", "closed"}:
        user = request.getfixturevalue("rep")
    client = signed_in(user)
    if person == "inactive":
        User.objects.filter(pk=user.pk).update(is_active=False)
    if person == "closed":
        organization.is_active = False
        organization.save()
    _, response = streams.ask(client)
    assert response.status == 401


def test_a_forged_session_and_another_method_are_refused(streams, admin):
    client = signed_in(admin)
    assert streams.ask(client, method="POST")[1].status == 405
    client.cookies[settings.SESSION_COOKIE_NAME] = "x" * 32
    assert streams.ask(client)[1].status == 401


def test_a_page_server_ends_the_attempts_of_the_browser(client_of, admin):
    response = client_of(admin).get(reverse("core:events"))
    assert (response.status_code, response.content) == (204, b"")


@pytest.mark.parametrize("end", ["signed out", "expired", "deactivated", "new password"])
def test_a_stream_ends_soon_after_its_session(start_streams, admin, end):
    server = start_streams(EVENTS_CHECK_SECONDS="1")
    client = signed_in(admin)
    listener = server.listen(admin, client=client)
    if end == "signed out":
        client.logout()
    elif end == "expired":
        Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    elif end == "deactivated":
        User.objects.filter(pk=admin.pk).update(is_active=False)
    else:
        admin.set_password("another good password")
        admin.save()
    wait_until(lambda: listener.is_over)
    assert listener.events[-1].name == "end"


def test_a_change_of_role_takes_effect_in_an_open_stream(start_streams, organization, admin, marker):
    server = start_streams(EVENTS_CHECK_SECONDS="1")
    listener = server.listen(admin)
    User.objects.filter(pk=admin.pk).update(role="sales_rep")
    hidden = LeadFactory(organization=organization)
    began = time.monotonic()

    def is_hidden():
        count = len(listener.leads())
        move(hidden, LeadStatus.CONTACTED)
        move(hidden, LeadStatus.NEW)
        marker(listener, who=admin)
        return len(listener.leads()) == count

    wait_until(is_hidden)
    assert time.monotonic() - began < 15


def test_a_silent_stream_beats_and_ends_after_its_life(start_streams, admin):
    server = start_streams(EVENTS_HEARTBEAT_SECONDS="1", EVENTS_LIFE_SECONDS="3")
    listener = server.listen(admin)
    wait_until(lambda: listener.is_over)
    assert len(listener.named("beat")) >= 2
    assert not listener.named("end")  # the browser comes back


def test_a_lost_database_connection_is_logged_and_made_good(streams, organization, admin):
    listener = streams.listen(admin)
    lead = LeadFactory(organization=organization)
    move(lead)
    news_arrived(listener, lead=lead)
    with psycopg.connect(settings.LISTEN_DATABASE_URL, autocommit=True) as database:
        killed = database.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'leadcrm events'"
        ).fetchall()
    assert killed == [(True,)]
    wait_until(lambda: listener.named("reset"))
    other = LeadFactory(organization=organization)
    move(other)
    news_arrived(listener, lead=other)
    assert "Nobody hears live news" in streams.log


def test_two_hundred_streams_need_three_connections_and_little_memory(streams, organization, admin):
    people = [UserFactory(organization=organization, viewer=True) for _ in range(20)]
    clients = {person: signed_in(person) for person in people}
    streams.listen(admin)
    memory = resident_kilobytes(streams.process.pid)
    listeners = [streams.listen(person, client=clients[person]) for person in people for _ in range(10)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND application_name IN ('leadcrm events', %s)",
            [STREAM_SERVER],
        )
        assert cursor.fetchone()[0] <= 3
    assert threads_of(streams.process.pid) <= 5
    assert (resident_kilobytes(streams.process.pid) - memory) / len(listeners) < 150
    lead = LeadFactory(organization=organization)
    move(lead)
    news_arrived(*listeners, lead=lead)


def test_one_person_keeps_only_the_newest_streams(streams, admin):
    client = signed_in(admin)
    listeners = [streams.listen(admin, client=client) for _ in range(22)]
    wait_until(lambda: listeners[0].is_over and listeners[1].is_over)
    assert [listener.named("end") != [] for listener in listeners] == [True] * 2 + [False] * 20
    assert not any(listener.is_over for listener in listeners[2:])


def test_redis_carries_the_news_when_there_is_one(start_streams, organization, admin, redis_url, settings, monkeypatch):
    settings.REDIS_URL = redis_url
    monkeypatch.setattr(live, "_client", None)
    server = start_streams(REDIS_URL=redis_url)
    listener = server.listen(admin)
    lead = LeadFactory(organization=organization)

    def arrives():
        # A subscription takes a moment, and Redis keeps nothing for those who come later.
        move(lead, LeadStatus.CONTACTED)
        move(lead, LeadStatus.NEW)
        return str(lead.pk) in listener.leads()

    wait_until(arrives)


def resident_kilobytes(pid):
    with open(f"/proc/{pid}/statm") as file:  # noqa: PTH123 — a file of the kernel
        return int(file.read().split()[1]) * resource.getpagesize() // 1024


def threads_of(pid):
    with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123 — a file of the kernel
        return int(file.read().rpartition(")")[2].split()[17])
