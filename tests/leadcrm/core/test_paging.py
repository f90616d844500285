"""Keyset paging, tried on leads: every order that the list offers, with ties, nulls, and a list that changes."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadcrm.core.paging import BadCursor, count_up_to, read_cursor, slice_of
from leads.models import Lead
from leads.tables import ORDERS
from tests.factories.leads import LeadFactory, stage_of

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
FEW = st.integers(min_value=0, max_value=2)
MOMENTS = FEW.map(lambda hours: START + timedelta(hours=hours))
LEADS = st.fixed_dictionaries(
    {
        "score": FEW,
        "company": st.sampled_from(["", "Acme", "acme", "Böhm", "Zett"]),
        "created_at": MOMENTS,
        "next_follow_up_at": st.none() | MOMENTS,
        "predicted_value_minor": st.none() | FEW,
    }
)


class Undone(Exception):
    """Ends an example and takes its rows away again."""


def make(organization, stage, rows):
    return Lead.objects.bulk_create(
        [Lead(organization=organization, stage=stage, status=stage.status, phone="+49", **row) for row in rows]
    )


def walk(order, size, *, forward=True, start=None, between=lambda: None):
    """Return the pages in one direction, from the first page or from a cursor."""
    pages, cursor = [], start
    while True:
        place = read_cursor(cursor, order=order, model=Lead) if cursor else None
        page = slice_of(
            Lead.objects.all(), order, size=size,
            after=place if forward else None, before=None if forward else place,
        )  # fmt: skip
        pages.append(page)
        cursor = page.after if forward else page.before
        if not cursor:
            return pages
        between()


@pytest.mark.parametrize("name", sorted(ORDERS))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(LEADS, min_size=1, max_size=14), new=st.lists(LEADS, max_size=6), size=st.integers(1, 5))
def test_every_lead_comes_once_in_each_direction(scope, organization, name, rows, new, size):
    order, stage = ORDERS[name], stage_of(organization)
    with pytest.raises(Undone), transaction.atomic():
        old = {lead.pk for lead in make(organization, stage, rows)}
        arrivals = iter([[row] for row in new])
        arrive = lambda: make(organization, stage, next(arrivals, []))  # noqa: E731 — one line says it best
        forward = walk(order, size, between=arrive)
        seen = [lead.pk for page in forward for lead in page.rows]
        assert sorted(pk for pk in seen if pk in old) == sorted(old)
        assert len(seen) == len(set(seen))
        if forward[-1].before:
            backward = walk(order, size, forward=False, start=forward[-1].before, between=arrive)
            again = [lead.pk for page in [forward[-1], *backward] for lead in page.rows]
            assert sorted(pk for pk in again if pk in old) == sorted(old)
            assert len(again) == len(set(again))
        raise Undone


@pytest.mark.parametrize("name", sorted(ORDERS))
def test_pages_are_in_the_order_of_one_query(scope, organization, name):
    order, stage = ORDERS[name], stage_of(organization)
    rows = [
        {"score": n % 3, "company": ["", "Acme", "Zett"][n % 3], "created_at": START + timedelta(hours=n % 4),
         "next_follow_up_at": None if n % 2 else START + timedelta(hours=n % 3),
         "predicted_value_minor": None if n % 3 else n % 2}
        for n in range(20)
    ]  # fmt: skip
    make(organization, stage, rows)
    walked = [lead.pk for page in walk(order, 3) for lead in page.rows]
    filled = Lead.objects.filter(order.filled) if order.filled else Lead.objects.all()
    direction = "-" if order.is_descending else ""
    expected = [*filled.order_by(f"{direction}{order.field}", f"{direction}pk").values_list("pk", flat=True)]
    if order.blank:
        expected += Lead.objects.filter(order.blank).order_by(f"{direction}pk").values_list("pk", flat=True)
    assert walked == expected


def test_rows_with_nothing_to_sort_by_come_last_in_both_directions(scope, organization):
    planned = LeadFactory(organization=organization, next_follow_up_at=START)
    unplanned = LeadFactory(organization=organization)
    for name in ("next_step", "-next_step"):
        assert [lead.pk for lead in slice_of(Lead.objects.all(), ORDERS[name], size=5).rows] == [
            planned.pk,
            unplanned.pk,
        ]


def test_a_cursor_survives_the_deletion_of_its_row(scope, organization):
    make(organization, stage_of(organization), [{"score": n} for n in range(6)])
    order = ORDERS["score"]
    page = slice_of(Lead.objects.all(), order, size=2)
    Lead.objects.filter(pk=page.rows[-1].pk).delete()
    place = read_cursor(page.after, order=order, model=Lead)
    assert [lead.score for lead in slice_of(Lead.objects.all(), order, size=2, after=place).rows] == [2, 3]


def test_a_page_that_has_become_empty_gives_way_to_its_neighbour(scope, organization):
    make(organization, stage_of(organization), [{"score": n} for n in range(4)])
    order = ORDERS["score"]
    page = slice_of(Lead.objects.all(), order, size=2)
    Lead.objects.filter(score__gt=1).delete()
    place = read_cursor(page.after, order=order, model=Lead)
    assert [lead.score for lead in slice_of(Lead.objects.all(), order, size=2, after=place).rows] == [0, 1]
    last = slice_of(Lead.objects.all(), order, size=1, after=place)
    Lead.objects.all().delete()
    before = read_cursor(last.before, order=order, model=Lead)
    assert slice_of(Lead.objects.all(), order, size=2, before=before).rows == []


def test_places_are_counted_along_the_way(scope, organization):
    make(organization, stage_of(organization), [{"score": n} for n in range(7)])
    order = ORDERS["-score"]
    assert [(page.start, page.end) for page in walk(order, 3)] == [(1, 3), (4, 6), (7, 7)]


def packed(*parts):
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


PK = "01a1fd4f-325d-7145-b0af-f1de3638cefb"


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "ä",
        "=" * 3000,
        packed("score", 0, 1, PK, 1),  # another order
        packed("-score", 7, 1, PK, 1),
        packed("-score", 0, "many", PK, 1),
        packed("-score", 0, None, PK, 1),
        packed("-score", 0, True, PK, 1),
        packed("-score", 0, 10**30, PK, 1),
        packed("-score", 0, 1, "not-an-id", 1),
        packed("-score", 0, 1, PK, 0),
        packed("-score", 0, 1),
        packed({}),
        "W" * 1999,
    ],
)
def test_a_cursor_that_cannot_be_read_is_refused(text):
    with pytest.raises(BadCursor):
        read_cursor(text, order=ORDERS["-score"], model=Lead)


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+00:00", "2026-03-01T09:00:00", "9999-12-31T23:59:59+00:00", 5])
def test_a_cursor_with_an_impossible_moment_is_refused(moment):
    with pytest.raises(BadCursor):
        read_cursor(packed("-created", 0, moment, PK, 1), order=ORDERS["-created"], model=Lead)


@settings(max_examples=300, deadline=None)
@given(text=st.text(max_size=200) | st.binary(max_size=150).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_no_text_makes_reading_a_cursor_fail_in_another_way(text):
    for name in ORDERS:
        try:
            read_cursor(text, order=ORDERS[name], model=Lead)
        except BadCursor:
            continue


def test_counting_stops_where_it_was_told_to(scope, organization):
    make(organization, stage_of(organization), [{"score": n} for n in range(5)])
    assert count_up_to(Lead.objects.all(), 10) == 5
    assert count_up_to(Lead.objects.all(), 3) == 4
