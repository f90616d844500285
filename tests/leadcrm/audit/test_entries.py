"""The audit page: only administrators, only their organisation, newest first, by key."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from leadcrm.accounts.events import AccountEvent
from leadcrm.audit import export, services
from leadcrm.audit.models import ActivityLog
from leadcrm.core import tenancy
from tests.factories.accounts import TeamFactory

LIST = "/settings/audit/"


def write(organization, actor=None, at=None, event=AccountEvent.TEAM_UPDATED, entity=None, **details):
    """Write an entry, at another moment when asked to."""
    with time_machine.travel(at or timezone.now(), tick=False), tenancy.organization_scope(organization.pk):
        return services.record(event, entity, actor=actor, organization_id=organization.pk, **details)


@pytest.mark.parametrize("role", ["manager", "rep", "marketer", "editor", "viewer"])
def test_only_administrators_see_it(request, client_of, role, organization):
    entry = write(organization)
    browser = client_of(request.getfixturevalue(role))
    for address in (LIST, f"{LIST}{entry.pk}/", f"{LIST}export/"):
        assert browser.get(address).status_code == 403


def test_an_administrator_sees_only_the_own_organization(client_of, admin, organization, other_organization):
    write(organization, description="ours")
    foreign = write(other_organization, description="theirs")
    browser = client_of(admin)
    page = browser.get(LIST).content.decode()
    assert "ours" in page and "theirs" not in page
    assert browser.get(f"{LIST}{foreign.pk}/").status_code == 404
    assert "theirs" not in b"".join(browser.get(f"{LIST}export/").streaming_content).decode()


def test_an_entry_shows_what_changed(client_of, admin, organization):
    team = TeamFactory(organization=organization)
    with tenancy.organization_scope(organization.pk):
        entry = services.record(
            AccountEvent.TEAM_UPDATED, team, actor=admin, description="<b>North</b>",
            changes={"name": ("Old & gone", "New"), "manager": (None, "Meera")}, metadata={"rows": 3},
        )  # fmt: skip
    page = client_of(admin).get(f"{LIST}{entry.pk}/").content.decode()
    assert "Old &amp; gone" in page and "Meera" in page and "Asha Rao" in page and "rows" in page
    assert "<b>North</b>" not in page
    assert f"?entity=team&amp;entity_id={team.pk}" in page


def test_filters_narrow_by_person_action_thing_and_day(client_of, admin, rep, organization):
    zone = organization.tzinfo
    team = TeamFactory(organization=organization)
    write(organization, actor=rep, description="by-rep")
    write(organization, description="by-leadcrm")
    write(organization, actor=admin, event=AccountEvent.ROLE_CHANGED, description="a-role")
    write(organization, actor=admin, entity=team, description="about-team")
    last_year = datetime(2025, 3, 10, 23, 30, tzinfo=zone)
    write(organization, actor=admin, description="long-ago", at=last_year)
    browser = client_of(admin)

    def shown(**filters):
        page = browser.get(LIST, filters).content.decode()
        return {word for word in ("by-rep", "by-leadcrm", "a-role", "about-team", "long-ago") if word in page}

    assert shown() == {"by-rep", "by-leadcrm", "a-role", "about-team", "long-ago"}
    assert shown(person=str(rep.pk)) == {"by-rep"}
    assert shown(person="leadcrm") == {"by-leadcrm"}
    assert shown(action="user.role_changed") == {"a-role"}
    assert shown(entity="team") == {"about-team"}
    assert shown(entity="team", entity_id=str(team.pk)) == {"about-team"}
    # Half past eleven in the evening of the 10th in India is the 10th, whatever day it is in London.
    assert shown(since="2025-03-10", until="2025-03-10") == {"long-ago"}
    assert shown(until="2025-03-09") == set()
    assert shown(person="nobody", action="no.such", since="yesterday") == shown()  # mangled filters are left out


def test_pages_follow_the_key_without_loss_or_repetition_while_entries_arrive(client_of, admin, organization):
    now = timezone.now()
    for number in range(120):
        # Many at one moment: the key has to tell them apart.
        write(organization, description=f"number-{number:03}", at=now - timedelta(seconds=number // 10))
    browser = client_of(admin)
    seen, query, pages = [], "", 0
    while True:
        page = browser.get(LIST + query).content.decode()
        seen += re.findall(r"title=\"(number-\d+)", page)
        pages += 1
        write(organization, description="newcomer")
        following = re.search(r'href="(\?after=[^"]+)"', page)
        if not following:
            break
        query = following[1].replace("&amp;", "&")
    assert pages >= 3 and len(seen) == len(set(seen)) == 120


def test_no_page_is_found_by_counting_rows(client_of, admin, organization):
    for _ in range(60):
        write(organization)
    browser = client_of(admin)
    first = browser.get(LIST).content.decode()
    query = re.search(r'href="(\?after=[^"]+)"', first)[1].replace("&amp;", "&")
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(LIST + query).status_code == 200
    statements = [q["sql"] for q in queries]
    assert not any("OFFSET" in sql for sql in statements)
    assert not any("COUNT(" in sql and "audit_activitylog" in sql for sql in statements)
    ours = [sql for sql in statements if not re.match(r"(SAVEPOINT|RELEASE|SET LOCAL)", sql)]
    assert len(ours) <= 12


def test_a_mangled_cursor_shows_the_first_page(client_of, admin, organization):
    write(organization, description="here")
    for cursor in ("x", "a" * 5000, "WyJ4Il0", "\x00"):
        response = client_of(admin).get(LIST, {"after": cursor})
        assert response.status_code == 200 and b"here" in response.content


def test_the_fragment_for_htmx_is_the_table_alone(client_of, admin, organization):
    write(organization, description="here")
    response = client_of(admin).get(LIST, headers={"HX-Request": "true"})
    assert b"<html" not in response.content and b'id="entry-table"' in response.content
    assert "HX-Request" in response["Vary"]


def test_the_download_holds_the_filtered_entries_and_no_formulas(client_of, admin, organization, monkeypatch):
    monkeypatch.setattr(export, "CHUNK", 2)
    for number in range(5):
        write(organization, event=AccountEvent.ROLE_CHANGED, description=f"=cmd|'{number}'!A1")
    write(organization, description="another action")
    response = client_of(admin).get(f"{LIST}export/", {"action": "user.role_changed"})
    assert response["Content-Type"].startswith("text/csv") and "attachment" in response["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode())))
    assert rows[0] == list(export.HEADERS)
    assert [row[5] for row in rows[1:]] == [f"'=cmd|'{number}'!A1" for number in range(4, -1, -1)]
    with tenancy.organization_scope(organization.pk):
        assert ActivityLog.objects.filter(action="audit.exported", actor=admin).count() == 1


@pytest.mark.parametrize(
    "text", ["=1+1", " =1+1", "\n=1+1", "\u200b=1+1", "\xa0@x", "\uff1d1+1", "|calc", "\u22121+1", "\tx", "-x", "+x"]
)
def test_no_cell_of_the_download_is_a_formula_to_any_spreadsheet(text):
    assert export.safe(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "a=b", "Weber +49", "2026-01-05", "{}", "'=1", "é"])
def test_other_cells_of_the_download_stay_as_they_are(text):
    assert export.safe(text) == text


@pytest.mark.django_db(transaction=True)
def test_the_download_works_after_the_request_has_ended(client_of, admin, organization):
    write(organization, description="here")
    response = client_of(admin).get(f"{LIST}export/")
    assert tenancy.maybe_scope() is None
    assert "here" in b"".join(response.streaming_content).decode()


def test_an_empty_answer_says_so_and_offers_a_way_back(client_of, admin):
    page = client_of(admin).get(LIST, {"until": "2001-01-01"}).content.decode()
    assert "No entry matches" in page and f'href="{LIST}"' in page


@pytest.mark.parametrize("verb", ["UPDATE audit_activitylog SET description = 'x'", "DELETE FROM audit_activitylog"])
def test_the_log_cannot_be_changed_by_the_application(organization, verb):
    write(organization)
    with (
        pytest.raises(DatabaseError, match="permission denied"),
        tenancy.organization_scope(organization.pk),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(verb)


def test_dates_have_labels_and_the_page_is_clean(client_of, admin, organization):
    write(organization, at=datetime(2026, 1, 1, tzinfo=UTC))
    content = client_of(admin).get(LIST).content
    assert not re.search(rb"<style|\sstyle=|\son[a-z]+=|javascript:", content)
    assert content.count(b"<h1>") == 1
    assert reverse("audit:entry_export").encode() in content
