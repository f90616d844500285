"""Uploads: straight to their place on the disk, within a limit, with a reason when they are refused."""

import errno
import io
import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadhandler import SkipFile
from django.urls import reverse
from django.utils import timezone

from leadcrm.core import tenancy
from leads.choices import JobState
from leads.models import LeadBatch
from leads.services.importing import files, receiving

SMALL = "E-mail,Company\na@one.example,One\n"


def stored(media) -> list[Path]:
    return [path for path in media.rglob("*") if path.is_file()]


def test_an_upload_goes_to_the_folder_of_its_organisation(client_of, admin, post_file, media):
    response = post_file(client_of(admin), SMALL)

    with tenancy.organization_scope(admin.organization_id):
        batch = LeadBatch.objects.get()
    assert (response.status_code, response.url) == (302, reverse("leads:import_mapping", args=[batch.pk]))
    (path,) = stored(media)
    assert path.read_text() == SMALL
    assert path.parent == media / "imports" / str(admin.organization_id)
    assert (batch.name, batch.requested_by_id, batch.state) == ("leads.csv", admin.pk, JobState.DRAFT)


def test_htmx_is_sent_on_by_a_header(client_of, admin, post_file):
    response = post_file(client_of(admin), SMALL, headers={"HX-Request": "true"})

    assert response.status_code == 204
    assert response["HX-Redirect"].endswith("/mapping/")


def test_an_import_can_have_a_name_of_its_own(client_of, admin):
    upload = io.BytesIO(SMALL.encode())
    upload.name = "x.csv"
    client_of(admin).post(reverse("leads:import_create"), {"file": upload, "name": "Fair in Pune"})

    with tenancy.organization_scope(admin.organization_id):
        assert LeadBatch.objects.values_list("name", "source_file").get() == ("Fair in Pune", "x.csv")


def test_the_name_of_a_file_is_no_path(client_of, admin, post_file, media):
    post_file(client_of(admin), SMALL, name="..\\..\\etc\\pass\u202ewd.csv")

    with tenancy.organization_scope(admin.organization_id):
        assert LeadBatch.objects.get().source_file == "passwd.csv"
    assert all(path.parent.name == str(admin.organization_id) for path in stored(media))


def refused(response, words, media):
    assert response.status_code == 422
    assert words in response.content.decode()
    assert stored(media) == [], "nothing of a refused upload is kept"


def test_a_file_beyond_the_limit_is_refused_and_not_kept(client_of, admin, post_file, media, settings):
    settings.IMPORT_MAX_BYTES = 1 << 20
    response = post_file(client_of(admin), SMALL + "x" * (3 << 20))

    refused(response, "The file is larger than 1 MB.", media)


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        ("", "leads.csv", "empty"),
        (b"%PDF-1.7", "leads.csv", "PDF"),
        (b"PK\x03\x04", "leads.xlsx", "damaged"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(client_of, admin, post_file, media, content, name, words):
    refused(post_file(client_of(admin), content, name=name), words, media)


def test_a_form_without_a_file_says_so(client_of, admin):
    response = client_of(admin).post(reverse("leads:import_create"), {"name": "nothing"})
    assert (response.status_code, "This field is required" in response.content.decode()) == (422, True)


@pytest.fixture
def full_disk(monkeypatch):
    """Let uploads go to a device that is always full."""
    usual = Path.open

    def on_full_device(self, mode="r", *args, **kwargs):
        if self.suffix == ".upload" and "x" in mode:
            usual(self, mode).close()
            return usual(Path("/dev/full"), "wb", *args, **kwargs)
        return usual(self, mode, *args, **kwargs)

    monkeypatch.setattr(Path, "open", on_full_device)


def test_a_full_disk_is_told_and_leaves_nothing(client_of, admin, post_file, media, full_disk):
    response = post_file(client_of(admin), SMALL * 200_000)

    refused(response, "The server has no room left for this file.", media)


def test_the_last_of_the_disk_is_not_for_uploads(client_of, admin, post_file, media, monkeypatch):
    monkeypatch.setattr(files, "free_bytes", lambda: receiving.RESERVE_BYTES - 1)
    refused(post_file(client_of(admin), SMALL), "The server has no room left", media)


def test_other_errors_of_the_system_are_not_dressed_up():
    with pytest.raises(PermissionError), files.full_disk_is_a_sentence():
        raise PermissionError(errno.EACCES, "no")


def test_an_upload_that_breaks_off_is_removed(admin, media):
    handler = receiving.UploadToDisk(admin.organization_id)
    handler.new_file("file", "leads.csv", "text/csv", None)
    handler.receive_data_chunk(b"E-mail\n", 0)
    assert len(stored(media)) == 1
    handler.upload_interrupted()

    assert (stored(media), handler.stored) == ([], None)


def test_one_upload_holds_one_file(admin, media):
    handler = receiving.UploadToDisk(admin.organization_id)
    handler.new_file("file", "leads.csv", "text/csv", None)
    handler.receive_data_chunk(b"E-mail\n", 0)
    handler.file_complete(7)
    with pytest.raises(SkipFile):
        handler.new_file("more", "more.csv", "text/csv", None)
    assert len(stored(media)) == 1


def test_a_post_without_a_token_is_refused(admin, client_of):
    client = client_of(admin)
    client.handler.enforce_csrf_checks = True
    upload = io.BytesIO(SMALL.encode())
    upload.name = "leads.csv"
    assert client.post(reverse("leads:import_create"), {"file": upload}).status_code == 403
    with tenancy.organization_scope(admin.organization_id):
        assert not LeadBatch.objects.exists()


@pytest.mark.parametrize("role", ["rep", "viewer"])
def test_roles_without_the_right_cannot_upload(request, client_of, post_file, media, role):
    response = post_file(client_of(request.getfixturevalue(role)), SMALL)
    assert (response.status_code, stored(media)) == (403, [])


def aged(imports, batch, **kept):
    """Make an import and its file as old as given."""
    moment = timezone.now() - timedelta(**kept)
    with imports.scope():
        LeadBatch.objects.filter(pk=batch.pk).update(updated_at=moment)
    path = files.path_of(batch.stored_file)
    os.utime(path, (moment.timestamp(), moment.timestamp()))
    return path


def test_old_drafts_and_forgotten_files_are_cleared_away(imports):
    young, old = aged(imports, imports.upload(SMALL), days=2), aged(imports, imports.upload(SMALL + "\n"), days=20)
    stray = young.with_name("stray.upload")
    stray.write_text("")
    os.utime(stray, (0, 0))
    under_way = young.with_name("under-way.upload")
    under_way.write_text("")

    assert files.clear_old() == 2
    assert [path.exists() for path in (young, old, stray, under_way)] == [True, False, False, True]
    with imports.scope():
        assert LeadBatch.objects.count() == 1
