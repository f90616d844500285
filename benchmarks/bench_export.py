"""How long the worker needs to write 100,000 leads as CSV and as a workbook."""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from urllib.parse import urlencode

from benchmarks.installation import ROOT, Installation

WANTED = 100_000


def run(installation: Installation, chosen: argparse.Namespace) -> None:
    print("\nExports\n\n| format | columns | leads | seconds | leads/s | MB | worker peak MB |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    for format, columns in (("csv", "usual"), ("csv", "every"), ("xlsx", "usual"), ("xlsx", "every")):
        command = [sys.executable, "-m", "benchmarks.bench_export", "--format", format, "--columns", columns]
        result = subprocess.run(
            command, cwd=ROOT, env={**os.environ, **installation.environment}, check=True, stdout=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        got = json.loads(result.stdout.splitlines()[-1])
        speed = f"{got['seconds']:.1f} | {got['rows'] / got['seconds']:,.0f}"
        print(
            f"| {format} | {columns} ({got['columns']}) | {got['rows']:,} | {speed} | {got['bytes'] / 1e6:.0f} |"
            f" {got['peak']:.0f} |",
            flush=True,
        )


def work(format: str, chosen: str) -> None:
    """Write one export of about ``WANTED`` leads in this process, and print what it cost."""
    import django

    django.setup()
    from leadcrm.accounts.models import Organization, User
    from leadcrm.core import tenancy
    from leads.choices import JobState
    from leads.exporting import columns
    from leads.models import Lead, LeadExport
    from leads.services import exporting

    organization = Organization.objects.get(slug="bench-0")
    actor = User.objects.get(organization=organization, role="admin")
    with tenancy.organization_scope(organization.pk):
        # A range of creation days, as a person would choose it, that holds enough leads.
        newest = Lead.objects.order_by("-created_at").values_list("created_at", flat=True)
        since = newest[WANTED:].first()
        query = urlencode({"created_from": since.date().isoformat()}) if since else ""
        every = [column.name for column in columns.everything(exporting.custom_labels())]
        wanted = every if chosen == "every" else list(columns.DEFAULT)
        export = exporting.request_export(query=query, columns=wanted, format=format, actor=actor)
    began = time.perf_counter()
    exporting.run(str(organization.pk), str(export.pk))
    seconds = time.perf_counter() - began
    with tenancy.organization_scope(organization.pk):
        export = LeadExport.objects.get(pk=export.pk)
        assert export.state == JobState.DONE, export.error
    path = exporting.file_of(export)
    assert path is not None
    path.unlink()
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
    print(
        json.dumps(
            {
                "columns": len(wanted),
                "rows": export.row_count,
                "seconds": seconds,
                "bytes": export.byte_size,
                "peak": peak,
            }
        )
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--format", required=True)
    parser.add_argument("--columns", required=True)
    asked = parser.parse_args()
    work(asked.format, asked.columns)
