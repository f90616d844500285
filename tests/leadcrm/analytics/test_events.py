"""Events: their names, what they keep of a visitor, and what leads add to them."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client, RequestFactory
from django.utils import timezone

from leadcrm.analytics import services
from leadcrm.analytics.models import AnalyticsEvent, AnalyticsSnapshot
from leadcrm.analytics.visits import Visit, visit_of, without_secrets
from leadcrm.core import retention, tenancy
from leadcrm.core.user_agents import reduce_user_agent
from leads.models import PipelineStage
from leads.services import capture, pipeline
from tests.factories.accounts import OrganizationFactory

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/17.5 Mobile/15E148 Safari/604.1"
)
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.6478.61 Safari/537.36"
EDGE = f"{CHROME} Edg/126.0.2592.56"
ANDROID = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36"  # noqa: E501 — as it comes


def events(organization):
    with tenancy.organization_scope(organization.pk):
        return list(AnalyticsEvent.objects.order_by("created_at", "id"))


@pytest.mark.parametrize("name", ["page.viewed", "assessment.step_saved", "calculator.roi.changed", "conversion.won"])
def test_events_of_the_known_kinds_are_kept(scope, name):
    services.record_event(name, properties={"step": 2})
    event = AnalyticsEvent.objects.get()
    assert (event.event, event.properties) == (name, {"step": 2})


@pytest.mark.parametrize(
    "name", ["", "page", "page.", "other.thing", "Page.viewed", "page.viewed\n", "pages.viewed", f"page.{'x' * 100}"]
)
def test_other_names_are_refused(scope, name):
    with pytest.raises(ValueError, match="no event"):
        services.record_event(name)


@pytest.mark.parametrize("value", [{"a": 1}, float("nan"), float("inf"), object(), {1, 2}])
def test_properties_are_flat(scope, value):
    with pytest.raises(ValueError, match="property"):
        services.record_event("page.viewed", properties={"x": value})


def test_properties_stay_small(scope):
    services.record_event("page.viewed", properties={"text": "x" * 5000, "zero": "a\x00b", "many": [1] * 500})
    kept = AnalyticsEvent.objects.get().properties
    assert (len(kept["text"]), kept["zero"], len(kept["many"])) == (200, "ab", 50)
    with pytest.raises(ValueError, match="at most"):
        services.record_event("page.viewed", properties={str(number): number for number in range(31)})


def test_nothing_is_recorded_outside_an_organization(db):
    with pytest.raises(tenancy.NoOrganizationScope):
        services.record_event("page.viewed")


def test_the_application_can_neither_change_nor_delete_events(scope):
    services.record_event("page.viewed")
    for act in (
        lambda: AnalyticsEvent.objects.update(event="page.left"),
        lambda: AnalyticsEvent.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            act()


def test_an_event_is_of_one_organization(organization, other_organization):
    with tenancy.organization_scope(organization.pk):
        services.record_event("page.viewed")
    assert events(other_organization) == []


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (FIREFOX, "Firefox 128 on Windows"),
        (IPHONE, "Safari 17 on iOS"),
        (CHROME, "Chrome 126 on Linux"),
        (EDGE, "Edge 126 on Linux"),
        (ANDROID, "Chrome 126 on Android"),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "Bot"),
        ("python-requests/2.32", "Bot"),
        ("Something nobody knows", "Other"),
        ("", ""),
        (None, ""),
        ("x" * 100_000, "Other"),
    ],
)
def test_of_a_browser_the_family_the_version_and_the_system_are_kept(said, kept):
    assert reduce_user_agent(said) == kept


def visit(**headers):
    address = headers.pop("address", "203.0.113.77")
    return visit_of(RequestFactory().get("/help/?email=a@b.example", REMOTE_ADDR=address, headers=headers))


def test_a_visit_keeps_the_network_and_no_query():
    kept = visit(**{"user-agent": FIREFOX, "referer": "https://user:pw@search.example/find?q=secret#x"})
    assert kept.ip_address == "203.0.113.0"
    assert kept.url == "/help/"
    assert kept.referrer == "https://search.example/find"
    assert kept.user_agent == "Firefox 128 on Windows"


@pytest.mark.parametrize("referrer", ["javascript:alert(1)", "https://[broken", "nonsense", ""])
def test_what_is_no_address_is_no_referrer(referrer):
    assert visit(referer=referrer).referrer == ""


def test_a_token_in_an_address_is_taken_out():
    assert without_secrets("/join/very-secret/") == "/join/…/"
    assert visit(referer="http://testserver/join/very-secret/").referrer == "/join/…/"
    assert without_secrets("/no-such-page/x/") == "/no-such-page/x/"


def test_a_session_lasts_a_day_and_needs_no_cookie(time_machine):
    time_machine.move_to("2026-05-05 08:00:00Z", tick=False)
    morning = visit(**{"user-agent": FIREFOX}).session_id
    assert visit(**{"user-agent": FIREFOX}).session_id == morning
    assert visit(**{"user-agent": IPHONE}).session_id != morning
    assert visit(**{"user-agent": FIREFOX}, address="198.51.100.7").session_id != morning
    time_machine.shift(timedelta(days=1))
    assert visit(**{"user-agent": FIREFOX}).session_id != morning


@pytest.mark.urls("tests.leadcrm.core.public_urls")
class TestPublicPages:
    def test_a_page_that_somebody_sees_is_counted(self, organization):
        Client(REMOTE_ADDR="203.0.113.77").get("/p/acme-design/?utm=x", headers={"user-agent": FIREFOX})
        (event,) = events(organization)
        assert (event.event, event.url, event.ip_address) == ("page.viewed", "/p/acme-design/", "203.0.113.0")
        assert (event.user_agent, event.user_id) == ("Firefox 128 on Windows", None)

    @pytest.mark.parametrize(
        "headers",
        [
            {"user-agent": "Googlebot/2.1"},
            {"hx-request": "true"},
            {"sec-purpose": "prefetch;prerender"},
            {"sec-gpc": "1"},
            {"dnt": "1"},
        ],
        ids=["bot", "fragment", "prefetch", "privacy control", "do not track"],
    )
    def test_what_nobody_sees_or_wants_counted_is_not(self, organization, headers):
        assert Client().get("/p/acme-design/", headers={"user-agent": FIREFOX, **headers}).status_code == 200
        assert events(organization) == []

    def test_a_form_that_is_sent_is_no_page(self, organization):
        Client().post("/p/acme-design/", {"status": "200"}, headers={"user-agent": FIREFOX})
        assert events(organization) == []

    @pytest.mark.usefixtures("organization")
    def test_counting_sets_no_cookie(self):
        assert Client().get("/p/acme-design/", headers={"user-agent": FIREFOX}).cookies == {}


def test_what_leads_announce_becomes_events(scope, organization, rep):
    lead = capture.create_lead(actor=rep, company="Weber GmbH", source="website")
    won = PipelineStage.objects.get(status="closed_won")
    pipeline.move_lead(lead=lead, stage=won, actor=rep, won_value=Decimal(1000))
    kept = {event.event: event for event in AnalyticsEvent.objects.all()}
    assert set(kept) >= {"lead.created", "conversion.won"}
    assert kept["lead.created"].properties == {"lead": str(lead.pk), "source": "website"}
    assert kept["lead.created"].user_id == rep.pk


# --- daily figures -------------------------------------------------------------------------------


def test_days_are_summed_up_in_the_time_zone_of_the_organization(scope, organization, time_machine):
    kolkata = ZoneInfo("Asia/Kolkata")
    for moment, session in (
        (datetime(2026, 11, 20, 23, 50, tzinfo=kolkata), "a"),
        (datetime(2026, 11, 21, 0, 10, tzinfo=kolkata), "a"),
        (datetime(2026, 11, 21, 0, 20, tzinfo=kolkata), "a"),
        (datetime(2026, 11, 21, 9, 0, tzinfo=kolkata), "b"),
        (datetime(2026, 11, 21, 9, 1, tzinfo=kolkata), ""),
    ):
        time_machine.move_to(moment, tick=False)
        services.record_event("page.viewed", visit=Visit(session_id=session))
    noon = datetime(2026, 11, 21, 12, 0, tzinfo=kolkata)
    assert services.roll_up(organization=organization, at=noon) == 2
    figures = AnalyticsSnapshot.objects.order_by("day").values_list("day", "event_count", "session_count")
    assert [(day.isoformat(), count, sessions) for day, count, sessions in figures] == [
        ("2026-11-20", 1, 1),
        ("2026-11-21", 4, 2),
    ]


def test_summing_up_again_corrects_and_doubles_nothing(scope, organization):
    services.record_event("page.viewed")
    services.roll_up(organization=organization)
    services.record_event("page.viewed")
    services.roll_up(organization=organization)
    assert AnalyticsSnapshot.objects.get().event_count == 2


def test_every_organization_gets_its_own_figures(organization):
    other = OrganizationFactory()
    for owner, times in ((organization, 1), (other, 3)):
        with tenancy.organization_scope(owner.pk):
            for _ in range(times):
                services.record_event("page.viewed")
    assert services.roll_up_all() == 2
    with tenancy.organization_scope(other.pk):
        assert AnalyticsSnapshot.objects.get().event_count == 3


# --- retention -----------------------------------------------------------------------------------


def test_old_events_of_the_organization_alone_are_deleted(organization, other_organization, time_machine):
    time_machine.move_to(datetime(2025, 1, 5, tzinfo=UTC), tick=False)
    for owner in (organization, other_organization):
        with tenancy.organization_scope(owner.pk):
            services.record_event("page.viewed")
    time_machine.move_to(datetime(2026, 11, 21, tzinfo=UTC), tick=False)
    with tenancy.organization_scope(organization.pk):
        services.record_event("page.viewed")
        rule = retention.RULES.get("analytics.events")
        assert rule.delete(timezone.now() - timedelta(days=396)) == 1
        assert AnalyticsEvent.objects.count() == 1
    assert len(events(other_organization)) == 1


def test_young_events_cannot_be_deleted(scope):
    with pytest.raises(DatabaseError, match="last 30 days"), transaction.atomic():
        services.delete_events_before(timezone.now())


def test_events_of_a_month_are_a_partition(scope):
    services.record_event("page.viewed")
    with connection.cursor() as cursor:
        cursor.execute("SELECT relkind::text FROM pg_class WHERE relname = 'analytics_analyticsevent'")
        assert cursor.fetchone() == ("p",)


def test_staff_record_for_the_organization_they_name(organization, staff):
    with tenancy.staff_scope(actor_id=staff.pk):
        services.record_event("lead.created", organization_id=organization.pk, properties={"lead": uuid.uuid4()})
    assert [event.event for event in events(organization)] == ["lead.created"]
