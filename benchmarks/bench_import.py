"""Import a large file as the worker does, and take the import back.

Dry run, import and undo run in a process of their own, whose memory and processor time are measured beside those of
the PostgreSQL process that works for it.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
# A customer with a few leads, beside the one with a million: the tables and their indexes are full.
INTO = "bench-2"


def run(installation: Any, chosen: argparse.Namespace) -> None:
    """Measure against a filled installation; print one table."""
    from benchmarks import leads_file

    path = installation.folder / f"import-{chosen.rows}.csv"
    if not path.exists():
        leads_file.write(path, chosen.rows, start=50_000_000)
    # The undo leaves the organisation as it was for the next measurement.
    command = [sys.executable, "-m", "benchmarks.bench_import", "--work", str(path), "--undo"]
    result = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **installation.environment}, check=True, stdout=subprocess.PIPE, text=True
    )
    steps = json.loads(result.stdout.splitlines()[-1])
    print(
        f"\nImport of {chosen.rows:,} rows of 12 columns for one customer, beside {installation.leads:,} of another\n"
    )
    print("| step | seconds | rows/s | worker µs/row | PostgreSQL µs/row | worker peak MB |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for step in steps:
        print(
            f"| {step['name']} | {step['seconds']:.1f} | {step['rows'] / step['seconds']:,.0f} |"
            f" {step['worker']:.0f} | {step['database']:.0f} | {step['peak']:.0f} |"
        )


def work(path: Path, *, undo: bool) -> None:
    """Take one file through its phases in this process, and print what each cost."""
    import django

    django.setup()
    from leadcrm.accounts.models import Organization, User
    from leadcrm.core import tenancy
    from leads.models import Lead, LeadBatch
    from leads.services.importing import files, mappings, receiving, rules, runs
    from leads.services.importing import work as worker

    organization = Organization.objects.get(slug=INTO)
    actor = User.objects.get(organization=organization, role="admin")
    with tenancy.organization_scope(organization.pk):
        stored = files.folder_of(organization.pk) / f"{time.time_ns()}.upload"
        os.link(path, stored)
        upload = receiving.StoredUpload(stored, path.name, stored.stat().st_size)
        batch = receiving.create_batch(upload=upload, actor=actor)
        targets = {column.index: column.target for column in mappings.columns_of(batch)}
        mappings.save_columns(batch=batch, targets=targets)
        chosen = rules.usual_rules(batch)
        rules.save_rules(batch=batch, rules=chosen, words={}, actor=actor)
    starts: list[tuple[str, Any]] = [("dry run", runs.start_check), ("import", runs.start_import)]
    if undo:
        starts.append(("undo", runs.start_undo))
    steps = []
    for name, start in starts:
        with tenancy.organization_scope(organization.pk):
            batch = start(batch=LeadBatch.objects.get(pk=batch.pk), actor=actor)
        began, mine, theirs = time.perf_counter(), time.process_time(), _database_seconds()
        worker.run(organization.pk, batch.pk)
        seconds = time.perf_counter() - began
        with tenancy.organization_scope(organization.pk):
            batch = LeadBatch.objects.get(pk=batch.pk)
            assert batch.state == "done", batch.error
            rows = batch.total_leads
            if name == "import":
                made = Lead.objects.filter(batch=batch).count()
                assert (made, batch.failed_imports) == (rows, 0), (made, rows, batch.failed_imports)
        steps.append(
            {
                "name": name,
                "seconds": seconds,
                "rows": rows,
                "worker": (time.process_time() - mine) / rows * 1e6,
                "database": (_database_seconds() - theirs) / rows * 1e6,
                "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )
    print(json.dumps(steps))


def _database_seconds() -> float:
    """Return the processor time of the PostgreSQL process of this connection, where the system tells."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone() or (0,)
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--undo", action="store_true")
    asked = parser.parse_args()
    work(asked.work, undo=asked.undo)
