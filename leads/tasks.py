"""Background work on leads. Tasks take ids only and can run twice; the services do the work."""

from __future__ import annotations

from celery import shared_task

from leadcrm.core.tasks import OrganizationTask

# Every table of jobs, with the task that works on its rows. Rows are the truth: the sweep rings for those that no
# message announced and for those whose worker died.
JOBS: list[tuple[str, str]] = [
    ("leads.LeadBatch", "leads.run_import"),
    ("leads.LeadExport", "leads.run_export"),
    ("leads.ScoringRun", "leads.run_scoring"),
]


class ChunkedTask(OrganizationTask):
    """A long job that opens a scope, and with it a transaction, for each of its chunks."""

    abstract = True
    opens_scope = False


@shared_task(name="leads.sweep_jobs")
def sweep_jobs() -> int:
    """Ring for every job that is due; return how many there were."""
    from django.apps import apps

    from leads.services import jobs

    return sum(jobs.sweep(apps.get_model(model), task) for model, task in JOBS)


@shared_task(name="leads.run_import", base=ChunkedTask)
def run_import(organization_id: str, pk: str) -> None:
    """Do what is due for an import."""
    from leads.services.importing import work

    work.run(organization_id, pk)


@shared_task(name="leads.run_export", base=ChunkedTask)
def run_export(organization_id: str, pk: str) -> None:
    """Write the file of an export."""
    from leads.services import exporting

    exporting.run(organization_id, pk)


@shared_task(name="leads.clear_export_files")
def clear_export_files() -> int:
    """Delete the files of exports that are a week old."""
    from leads.services import exporting

    return exporting.clear_old()


@shared_task(name="leads.clear_import_files")
def clear_import_files() -> int:
    """Delete uploads that nobody will need again."""
    from leads.services.importing import files

    return files.clear_old()


@shared_task(name="leads.run_scoring", base=ChunkedTask)
def run_scoring(organization_id: str, pk: str) -> None:
    """Recompute the scores of an organisation."""
    from leads.services import scoring_runs

    scoring_runs.run(organization_id, pk)


@shared_task(name="leads.send_reminders")
def send_reminders() -> int:
    """Remind people of what is due; return how many mails left."""
    from leads.services import reminders

    return reminders.send_due()


@shared_task(name="leads.fold_stage_totals")
def fold_stage_totals() -> int:
    """Fold the deltas that triggers wrote into one row per stage, team, owner and currency."""
    from leads.services import totals

    return totals.fold_all()
