"""What a cold visit costs: every file of a page as the browser gets it, compressed as production serves it."""

from __future__ import annotations

import argparse
from pathlib import Path

import brotli

from benchmarks.installation import ROOT, Installation


def run(installation: Installation, chosen: argparse.Namespace) -> None:
    import django_htmx
    from django.test import Client

    from leadcrm.accounts.models import User

    client = Client()
    client.force_login(
        User.objects.get(email="admin@bench-0.example"), backend="leadcrm.accounts.backends.EmailBackend"
    )
    scripts = sum(size(path) for path in (ROOT / "static" / "js").glob("*.js"))
    styles = sum(size(path) for path in (ROOT / "static" / "css").rglob("*.css") if path.name != "admin.css")
    library = size(Path(django_htmx.__file__).parent / "static" / "django_htmx" / "htmx.min.js")
    print("\nPage weight, cold, brotli (KB)\n\n| page | HTML | own CSS | own JavaScript | htmx | together |")
    print("|" + " --- |" * 6)
    for name, path in (("list", "/leads/?page_size=50"), ("board", "/board/"), ("My day", "/my-day/")):
        page = len(brotli.compress(client.get(path, HTTP_HOST="localhost").content)) / 1000
        parts = [page, styles, scripts, library]
        print(f"| {name} | " + " | ".join(f"{part:.1f}" for part in [*parts, sum(parts)]) + " |")


def size(path: Path) -> float:
    return len(brotli.compress(path.read_bytes())) / 1000
