"""Drive imports the way the pages and the worker do, from a text to its result."""

import dataclasses
import io
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from leadcrm.core import tenancy
from leads.models import LeadBatch, LeadBatchRow
from leads.services.importing import files, mappings, receiving, rules, runs, work
from tests.leads.imports.sheets import workbook


class ImportDriver:
    """One organisation's imports: ``start`` makes one, the other methods take it further."""

    def __init__(self, actor):
        self.actor = actor
        self.organization = actor.organization

    def scope(self):
        return tenancy.organization_scope(self.organization.pk, actor_id=self.actor.pk)

    def upload(self, content: str | bytes, name="leads.csv") -> LeadBatch:
        data = content if isinstance(content, bytes) else content.encode()
        with self.scope():
            path = files.folder_of(self.organization.pk) / f"{len(data)}-{id(content)}.upload"
            path.write_bytes(data)
            upload = receiving.StoredUpload(path, name, len(data))
            return receiving.create_batch(upload=upload, actor=self.actor)

    def choose(self, batch, targets=None, words=None, date_order="", **chosen) -> LeadBatch:
        """Take what the pages suggest, with ``targets`` by header and single rules chosen otherwise."""
        with self.scope():
            columns = {column.index: column for column in mappings.columns_of(batch)}
            wanted = {index: (targets or {}).get(column.header, column.target) for index, column in columns.items()}
            mappings.save_columns(batch=batch, targets=wanted, date_order=date_order)
            suggested = rules.choices_for(self.actor)
            translated = {
                target: {word: suggested.suggestion(target, word) for word, _ in found}
                for target, found in batch.report["words"].items()
            }
            for target, chosen_words in (words or {}).items():
                translated.setdefault(target, {}).update(chosen_words)
            usual = dataclasses.replace(rules.usual_rules(batch), **chosen)
            return rules.save_rules(batch=batch, rules=usual, words=translated, actor=self.actor)

    def check(self, batch) -> LeadBatch:
        with self.scope():
            runs.start_check(batch=batch, actor=self.actor)
        return self.work(batch)

    def carry_out(self, batch) -> LeadBatch:
        with self.scope():
            runs.start_import(batch=batch, actor=self.actor)
        return self.work(batch)

    def undo(self, batch, with_changed=False) -> LeadBatch:
        with self.scope():
            runs.start_undo(batch=batch, actor=self.actor, with_changed=with_changed)
        return self.work(batch)

    def work(self, batch) -> LeadBatch:
        """Do what the worker would do."""
        work.run(self.organization.pk, batch.pk)
        return self.now(batch)

    def now(self, batch) -> LeadBatch:
        with self.scope():
            return LeadBatch.objects.get(pk=batch.pk)

    def fresh(self, thing):
        """Return a lead as it is now."""
        with self.scope():
            return type(thing).objects.select_related("stage", "assigned_to").get(pk=thing.pk)

    def run(self, content, name="leads.csv", **chosen) -> LeadBatch:
        """Upload, choose, try and import."""
        return self.carry_out(self.check(self.choose(self.upload(content, name), **chosen)))

    def rows(self, batch, *, is_dry_run=False) -> list[LeadBatchRow]:
        with self.scope():
            return list(LeadBatchRow.objects.filter(batch=batch).of_run(is_dry_run=is_dry_run).in_order())

    def problems(self, batch, *, is_dry_run=False) -> dict[int, list[str]]:
        """Return the codes of what is wrong, by row."""
        return {
            row.row_number: [problem["code"] for problem in row.problems]
            for row in self.rows(batch, is_dry_run=is_dry_run)
        }


def counts(batch) -> dict[str, int]:
    """Return the counts that are not zero, under short names."""
    names = {
        "successful_imports": "new", "updated_leads": "updated", "failed_imports": "refused",
        "duplicates_skipped": "skipped", "warning_count": "warned",
    }  # fmt: skip
    return {short: value for name, short in names.items() if (value := getattr(batch, name))}


@pytest.fixture(autouse=True)
def media(settings, tmp_path) -> Path:
    """Keep uploads of a test in a folder of its own."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture
def driver_of():
    return ImportDriver


@pytest.fixture
def imports(admin) -> ImportDriver:
    """Imports of the administrator, who sees and may assign to everybody."""
    return ImportDriver(admin)


@pytest.fixture
def post_file():
    """Return a function that posts a file to the upload page, as a browser does."""

    def post(client, content: str | bytes, name="leads.csv", **extra):
        data = content if isinstance(content, bytes) else content.encode()
        upload = SimpleUploadedFile(name, data)
        return client.post(reverse("leads:import_create"), {"file": upload}, **extra)

    return post


@pytest.fixture
def make_workbook():
    return workbook


def as_csv(*rows) -> str:
    import csv

    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
