"""Rows per second from a file to checked values, without a database: ``python -m benchmarks.file_rows FILE.csv``.

The file may come from anywhere; every column that the import suggests is mapped. Processor time of this one process.
"""

from __future__ import annotations

import argparse
import resource
import time
from pathlib import Path

from leads.importing.columns import suggest
from leads.importing.reading import preview, read_rows
from leads.importing.rows import MapOptions, RowMapper


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.file_rows", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--region", default="IN", help="the country of phone numbers without a country code")
    chosen = parser.parse_args()
    with chosen.file.open("rb") as file:
        started = time.process_time()
        shape = preview(file)
        found = suggest(shape.headers, shape.sample_rows)
        looking = time.process_time() - started
        plans = [suggestion.plan for suggestion in found.values() if suggestion.plan]
        mapper = RowMapper(plans, MapOptions(phone_region=chosen.region))
        started = time.process_time()
        rows = sum(1 for _ in read_rows(file, shape.layout))
        reading = time.process_time() - started
        started = time.process_time()
        refused = sum(
            not isinstance(cells, list) or mapper.map(cells).is_refused for _, cells in read_rows(file, shape.layout)
        )
        both = time.process_time() - started
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print("| rows | columns mapped | preview | read, rows/s | read and map, rows/s | refused | memory, MB |")
    print("|" + " --- |" * 7)
    speeds = f"{rows / reading:,.0f} | {rows / both:,.0f}"
    print(f"| {rows:,} | {len(plans)} | {looking:.2f} s | {speeds} | {refused:,} | {memory} |")


if __name__ == "__main__":
    main()
