"""Every job is swept for, and every task that somebody names exists."""

from celery import current_app
from django.apps import apps
from django.conf import settings

from leads.models.job import Job
from leads.tasks import JOBS


def not_swept(models, jobs):
    swept = {label for label, _ in jobs}
    return {model._meta.label for model in models if issubclass(model, Job)} - swept


def unknown(names):
    current_app.loader.import_default_modules()
    return set(names) - set(current_app.tasks)


def test_the_sweep_knows_every_table_of_jobs():
    assert not_swept(apps.get_models(), JOBS) == set()


def test_the_rule_finds_a_table_that_is_not_swept():
    assert not_swept(apps.get_models(), JOBS[1:]) == {JOBS[0][0]}


def test_every_task_that_is_swept_for_or_scheduled_exists():
    scheduled = [entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()]
    assert unknown([*scheduled, *(task for _, task in JOBS)]) == set()


def test_the_rule_finds_a_task_that_does_not_exist():
    assert unknown(["leads.run_import", "leads.run_away"]) == {"leads.run_away"}
