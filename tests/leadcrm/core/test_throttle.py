"""Limits on strangers: how many, within how long, per network."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import RequestFactory
from django.utils import timezone

from leadcrm.core import throttle
from leadcrm.core.addresses import daily_pseudonym, network_of

pytestmark = pytest.mark.django_db


def rows():
    with connection.cursor() as cursor:
        cursor.execute("SELECT key FROM core_throttle")
        return [row[0] for row in cursor.fetchall()]


def test_as_many_as_the_limit_are_allowed_and_no_more():
    assert [throttle.hit("form", 3, 60) for _ in range(5)] == [True, True, True, False, False]
    assert throttle.hit("another form", 3, 60)


def test_what_is_old_counts_no_more(time_machine):
    time_machine.move_to("2026-05-05 12:00:00Z", tick=False)
    assert throttle.hit("form", 1, 60)
    time_machine.shift(timedelta(seconds=59))
    assert not throttle.hit("form", 1, 60)
    time_machine.shift(timedelta(seconds=2))
    assert throttle.hit("form", 1, 60)


def test_hammering_leaves_no_rows():
    for _ in range(50):
        throttle.hit("form", 2, 60)
    assert len(rows()) == 2


def test_the_table_does_not_say_who_it_was():
    throttle.hit("203.0.113.0|form", 2, 60)
    assert "203" not in rows()[0]
    assert len(rows()[0]) == 32


def test_the_sweep_leaves_what_still_counts(time_machine):
    time_machine.move_to("2026-05-05 12:00:00Z", tick=False)
    throttle.hit("short", 1, 10)
    throttle.hit("long", 1, 1000)
    time_machine.shift(timedelta(seconds=60))
    assert throttle.sweep() == 1
    assert not throttle.hit("long", 1, 1000)


def test_what_was_rolled_back_is_not_counted():
    with transaction.atomic():
        throttle.hit("form", 1, 60)
        transaction.set_rollback(True)
    assert throttle.hit("form", 1, 60)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.7", "203.0.113.200", True),
        ("203.0.113.7", "203.0.114.7", False),
        ("2001:db8:1::1", "2001:db8:1:ffff::9", True),
        ("2001:db8:1::1", "2001:db8:2::1", False),
    ],
)
def test_a_limit_is_for_a_network(one, other, same):
    keys = [throttle.visitor_key(RequestFactory().get("/", REMOTE_ADDR=address), "form", 7) for address in (one, other)]
    assert (keys[0] == keys[1]) is same


def test_a_forged_header_does_not_move_the_address(settings):
    forged = RequestFactory().get("/", REMOTE_ADDR="203.0.113.7", HTTP_X_FORWARDED_FOR="198.51.100.1")
    assert network_of(forged) == "203.0.113.0"


def test_a_pseudonym_lasts_a_day(time_machine):
    time_machine.move_to("2026-05-05 12:00:00Z", tick=False)
    today = daily_pseudonym("x", "y")
    assert daily_pseudonym("x", "y") == today
    assert daily_pseudonym("xy", "") != today
    time_machine.move_to(timezone.now() + timedelta(days=1))
    assert daily_pseudonym("x", "y") != today
