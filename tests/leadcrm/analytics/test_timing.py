"""PERFORMANCE_MONITORING: browsers tell how long a page took, and staff see it page by page."""

import json
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from leadcrm.analytics import reports, services
from leadcrm.analytics.models import AnalyticsEvent
from leadcrm.audit.models import ActivityLog
from leadcrm.core import tenancy

pytestmark = pytest.mark.django_db
URL = "/collect/timing/"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"


def ticket(page):
    found = re.search(r'<meta name="page-timing" content="([^"]+)" data-url="([^"]+)">', page)
    return found and found[1]


@pytest.fixture
def page_ticket(client_of, rep):
    return ticket(client_of(rep).get(reverse("leads:my_day")).content.decode())


def report(browser, said, **headers):
    body = said if isinstance(said, str) else json.dumps(said)
    return browser.post(URL, body, content_type="application/json", headers={"user-agent": FIREFOX, **headers})


def events(organization):
    with tenancy.organization_scope(organization.pk):
        return list(AnalyticsEvent.objects.named("page.performance"))


def test_a_page_carries_a_ticket_and_the_script(client_of, rep):
    page = client_of(rep).get(reverse("leads:my_day")).content.decode()
    assert ticket(page)
    assert "js/timing.js" in page


def test_without_the_flag_no_page_is_measured(set_flag, client_of, rep):
    set_flag("PERFORMANCE_MONITORING", enabled=False)
    page = client_of(rep).get(reverse("leads:my_day")).content.decode()
    assert ticket(page) is None
    assert "timing.js" not in page


def test_a_page_of_no_organization_is_not_measured():
    assert ticket(Client().get(reverse("account_login")).content.decode()) is None


@pytest.mark.parametrize("who", [None, "rep", "outsider", "staff"])
def test_what_a_browser_measured_is_kept_for_the_organization_of_the_page(
    request, organization, page_ticket, client_of, who
):
    browser = client_of(request.getfixturevalue(who)) if who else Client()
    answer = report(browser, {"page": page_ticket, "ttfb": 41.6, "lcp": 900, "cls": 12.3, "evil": "<script>"})
    assert (answer.status_code, answer.cookies) == (204, {})
    (event,) = events(organization)
    assert event.properties == {"page": "leads:my_day", "ttfb_ms": 42, "lcp_ms": 900, "cls_thousandths": 12}
    assert (event.session_id, event.ip_address, event.url, event.user_id) == ("", "", "", None)
    assert event.user_agent == "Firefox 128 on Windows"


@pytest.mark.parametrize(
    "said",
    [
        {"ttfb": -1},
        {"ttfb": 1e308},
        {"ttfb": "fast"},
        {"ttfb": True},
        {"ttfb": None},
        {"ttfb": [1]},
        {},
        "[]",
        "{",
        "",
        '{"page": NaN}',
        "[" * 2000,
    ],
)
def test_what_cannot_be_true_is_not_kept(organization, page_ticket, said):
    if isinstance(said, dict):
        said = {"page": page_ticket, **said}
    assert report(Client(), said).status_code == 400
    assert events(organization) == []


def test_not_a_number_is_no_measure(organization, page_ticket):
    assert report(Client(), f'{{"page": "{page_ticket}", "ttfb": NaN}}').status_code == 400
    assert events(organization) == []


def test_a_forged_or_old_ticket_is_refused(organization, page_ticket, time_machine):
    assert report(Client(), {"page": page_ticket[:-2] + "xx", "ttfb": 1}).status_code == 400
    assert report(Client(), {"page": {"a": 1}, "ttfb": 1}).status_code == 400
    time_machine.move_to(timezone.now() + timedelta(hours=7))
    assert report(Client(), {"page": page_ticket, "ttfb": 1}).status_code == 400
    assert events(organization) == []


def test_a_long_report_is_not_read(organization, page_ticket):
    assert report(Client(), {"page": page_ticket, "ttfb": 1, "more": "x" * 5000}).status_code == 400


@pytest.mark.parametrize("headers", [{"sec-gpc": "1"}, {"dnt": "1"}, {"user-agent": "Googlebot/2.1"}])
def test_who_wants_no_count_and_who_is_nobody_leave_no_trace(organization, page_ticket, headers):
    assert report(Client(), {"page": page_ticket, "ttfb": 1}, **headers).status_code == 204
    assert events(organization) == []


def test_a_closed_organization_keeps_nothing(organization, page_ticket):
    organization.is_active = False
    organization.save()
    assert report(Client(), {"page": page_ticket, "ttfb": 1}).status_code == 204
    assert events(organization) == []


def test_one_network_reports_so_often_and_no_more(organization, page_ticket, monkeypatch):
    monkeypatch.setattr("leadcrm.analytics.views.MOST_PER_MINUTE", 3)
    browser = Client(REMOTE_ADDR="203.0.113.77")
    statuses = [report(browser, {"page": page_ticket, "ttfb": 1}).status_code for _ in range(5)]
    assert statuses == [204, 204, 204, 429, 429]
    assert len(events(organization)) == 3


# --- what staff see ------------------------------------------------------------------------------


@pytest.fixture
def measured(organization, other_organization):
    for owner, page, values in (
        (organization, "leads:board", [100, 200, 300, 4000]),
        (organization, "leads:my_day", [5000]),
        (other_organization, "leads:board", [2000] * 5),
    ):
        with tenancy.organization_scope(owner.pk):
            for value in values:
                services.record_event("page.performance", properties={"page": page, "ttfb_ms": value})


def test_three_of_four_visits_were_at_least_as_fast(organization, measured, staff):
    since = timezone.now() - timedelta(days=1)
    with tenancy.staff_scope(actor_id=staff.pk):
        board, my_day = reports.page_speed(since=since, organization_id=organization.pk)
    assert (board.page, board.visits, board.percentiles[0]) == ("leads:board", 4, reports.Percentile(300, "good"))
    assert my_day.percentiles[0] == reports.Percentile(5000, "poor")
    assert my_day.percentiles[1] == reports.Percentile(None, "")


def test_the_page_shows_the_figures_and_logs_the_look(organization, other_organization, measured, client_of, staff):
    desk = client_of(staff)
    page = desk.get(reverse("admin:analytics_page_speed")).content.decode()
    assert "<td>9</td><td>2000 ms (poor)</td>" in page
    page = desk.get(reverse("admin:analytics_page_speed"), {"organization": organization.pk}).content.decode()
    assert "300 ms (good)" in page
    for owner, looks in ((organization, [5, 5]), (other_organization, [5])):
        with tenancy.organization_scope(owner.pk):
            entries = ActivityLog.objects.filter(action="staff.access", metadata__model="analytics.AnalyticsEvent")
            assert [entry.metadata["rows"] for entry in entries.order_by("created_at")] == looks


def test_the_page_says_when_nothing_is_measured(set_flag, client_of, staff):
    set_flag("PERFORMANCE_MONITORING", enabled=False)
    page = client_of(staff).get(reverse("admin:analytics_page_speed")).content.decode()
    assert "is off" in page
    assert "No browser told anything yet" in page


@pytest.mark.parametrize("who", ["admin", "viewer"])
def test_the_page_is_for_staff_alone(request, client_of, who):
    assert client_of(request.getfixturevalue(who)).get(reverse("admin:analytics_page_speed")).status_code == 302


def test_staff_without_the_permission_see_nothing(client_of, staff):
    staff.is_superuser = False
    staff.save()
    assert client_of(staff).get(reverse("admin:analytics_page_speed")).status_code == 403


def test_the_list_of_events_leads_to_it(client_of, staff):
    page = client_of(staff).get(reverse("admin:analytics_analyticsevent_changelist")).content.decode()
    assert reverse("admin:analytics_page_speed") in page
