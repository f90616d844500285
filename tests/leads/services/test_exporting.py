"""An export holds what its owner sees, whole and safe, and is the owner's alone."""

import csv
import errno
from datetime import timedelta

import openpyxl
import pytest
from django.urls import reverse
from django.utils import timezone

from leadcrm.audit.models import ActivityLog
from leadcrm.core import tenancy
from leads.choices import JobState
from leads.models import Lead, LeadExport
from leads.services import exporting, jobs, tagging
from tests.factories.leads import LeadFactory

FORMULA, GUARDED = "=cmd|'/c calc'!A1", "'=cmd|'/c calc'!A1"
COLUMNS = ["company", "email", "phone", "predicted_value", "tags", "created_at"]


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def leads(organization, rep, team):
    made = [
        LeadFactory(
            organization=organization, company="=cmd|'/c calc'!A1", email="a@one.example", phone="+919812345678"
        ),
        LeadFactory(organization=organization, company="Fjord Marine", predicted_value_minor=1_250_50, team=team),
        LeadFactory(organization=organization, company="Mine", assigned_to=rep, team=team),
    ]
    with tenancy.organization_scope(organization.pk):
        tagging.set_tags(lead=made[1], names=["Priority", "Pilot"], actor=None)
    return made


def ask(user, query="", *, columns=COLUMNS, format="csv"):
    with tenancy.organization_scope(user.organization_id, actor_id=user.pk):
        return exporting.request_export(query=query, columns=columns, format=format, actor=user)


def run(export):
    exporting.run(str(export.organization_id), str(export.pk))
    with tenancy.organization_scope(export.organization_id):
        export.refresh_from_db()
    return export


def rows_of(export):
    with exporting.file_of(export).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_an_export_holds_the_leads_and_columns_asked_for(admin, leads):
    export = run(ask(admin))
    assert (export.state, export.row_count, export.error) == (JobState.DONE, 3, "")
    rows = {row["Company"]: row for row in rows_of(export)}
    assert set(rows) == {GUARDED, "Fjord Marine", "Mine"}
    assert rows["Fjord Marine"]["Tags"] == "Pilot; Priority"
    assert rows["Fjord Marine"]["Predicted value"] == "1250.50"
    assert rows[GUARDED]["Phone"] == "+919812345678"


def test_a_workbook_holds_the_same(admin, leads):
    export = run(ask(admin, format="xlsx"))
    sheet = openpyxl.load_workbook(exporting.file_of(export)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][:3] == ("Company", "E-mail", "Phone")
    assert (GUARDED, "a@one.example", "+919812345678") in {row[:3] for row in rows[1:]}
    assert len(rows) == 4


def test_the_filters_of_the_list_hold(admin, leads):
    assert [row["Company"] for row in rows_of(run(ask(admin, "q=fjord")))] == ["Fjord Marine"]


def test_the_owner_gets_what_the_owner_sees_when_it_runs(manager, leads):
    export = run(ask(manager))
    assert {row["Company"] for row in rows_of(export)} == {"Fjord Marine", "Mine"}


def test_an_owner_who_lost_the_right_gets_nothing(manager, leads):
    export = ask(manager)
    manager.role = "viewer"
    manager.save()
    assert run(export).state == JobState.FAILED
    assert exporting.file_of(export) is None


def test_more_leads_than_a_chunk_come_once_each(admin, organization, monkeypatch):
    monkeypatch.setattr(exporting, "CHUNK", 4)
    with tenancy.organization_scope(organization.pk):
        for _ in range(11):
            LeadFactory(organization=organization)
        Lead.objects.update(created_at=timezone.now())  # all at once: the id alone tells them apart
    emails = [row["E-mail"] for row in rows_of(run(ask(admin)))]
    assert len(emails) == len(set(emails)) == 11


def test_cancelling_leaves_no_file(admin, leads, tmp_path):
    export = ask(admin)
    with tenancy.organization_scope(export.organization_id):
        claimed = jobs.claim(LeadExport, export.pk)
        jobs.request_cancel(claimed, actor=admin)
        LeadExport.objects.filter(pk=export.pk).update(state=JobState.QUEUED, lease_until=None)
    assert run(export).state == JobState.CANCELLED
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_full_disk_is_one_sentence_and_no_half_file(admin, leads, tmp_path, monkeypatch):
    def full(self, rows):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("leads.exporting.files.CSVFile.add", full)
    export = run(ask(admin))
    assert export.state == JobState.FAILED
    assert "no room left" in export.error
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_second_worker_finds_nothing_to_do(admin, leads):
    export = run(ask(admin))
    before = exporting.file_of(export)
    assert exporting.file_of(run(export)) == before


def test_a_job_of_a_dead_worker_is_done_again(admin, leads):
    export = ask(admin)
    with tenancy.organization_scope(export.organization_id):
        jobs.claim(LeadExport, export.pk)
        LeadExport.objects.filter(pk=export.pk).update(lease_until=timezone.now() - timedelta(minutes=1))
    assert run(export).row_count == 3


def test_only_the_owner_fetches_the_file_and_it_is_on_record(client_of, admin, manager, outsider, leads):
    export = run(ask(admin))
    url = reverse("leads:export_download", args=[export.pk])
    response = client_of(admin).get(url)
    assert b"Fjord Marine" in b"".join(response.streaming_content)
    assert "attachment" in response["Content-Disposition"]
    assert client_of(manager).get(url).status_code == 404
    assert client_of(outsider).get(url).status_code == 404
    with tenancy.organization_scope(export.organization_id):
        assert ActivityLog.objects.filter(action="export.downloaded", actor=admin).count() == 1


def test_old_files_are_deleted(admin, leads):
    export = run(ask(admin))
    path = exporting.file_of(export)
    with tenancy.organization_scope(export.organization_id):
        LeadExport.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    assert exporting.clear_old() == 1
    assert not path.exists()


def test_the_page_asks_and_shows(client_of, admin, leads, django_assert_max_num_queries):
    client = client_of(admin)
    answer = client.post(reverse("leads:export_create"), {"format": "csv", "columns": COLUMNS, "query": "q=fjord"})
    assert answer.status_code in {302, 303}
    with django_assert_max_num_queries(12):
        assert "Waiting" in client.get(reverse("leads:export_list")).content.decode()
    assert client.post(reverse("leads:export_create"), {"format": "pdf"}).status_code == 422
