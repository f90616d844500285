"""Measure leadcrm and print the tables of docs/benchmarks.md: ``python -m benchmarks [pages|import|export|weight]``.

Everything runs here: a PostgreSQL of its own in ``.local/bench`` (kept, so that the million leads are made
once), the web server, and the clients, which share the processors with them.
"""

from __future__ import annotations

import argparse
import os


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", default=[], help="pages, import, export, weight; all of them by default")
    parser.add_argument("--leads", type=int, default=1_000_000, help="leads of the large organisation")
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the import")
    parser.add_argument("--seconds", type=float, default=10, help="for each page and number of clients")
    chosen = parser.parse_args()
    parts = chosen.parts or ["pages", "weight", "export", "import"]

    from benchmarks.installation import Installation

    with Installation(leads=chosen.leads) as installation:
        os.environ.update(installation.environment)
        import django

        django.setup()
        installation.fill()
        for part in parts:
            module = __import__(f"benchmarks.bench_{part}", fromlist=["run"])
            module.run(installation, chosen)


if __name__ == "__main__":
    main()
