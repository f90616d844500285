"""How long pages take at 1,000,000 leads, at one client and at eight, and what they cost at 10,000."""

from __future__ import annotations

import argparse
import http.client
import random
import re
import threading
import time
from dataclasses import dataclass, field
from statistics import median

from benchmarks.installation import Installation

SAMPLE = 200


@dataclass
class Figures:
    times: list[float] = field(default_factory=list)
    sql: list[float] = field(default_factory=list)
    total: list[float] = field(default_factory=list)
    queries: list[int] = field(default_factory=list)
    errors: int = 0

    def p(self, share: float) -> float:
        ordered = sorted(self.times)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def run(installation: Installation, chosen: argparse.Namespace) -> None:
    base = installation.start_web()
    print(f"\nPages at {installation.leads:,} leads in one organisation among 20 (milliseconds)\n")
    header = [
        "page",
        "clients",
        "requests",
        "p50",
        "p95",
        "Python",
        "PostgreSQL",
        "queries",
        "Python+PG at 10,000",
        "ratio",
    ]
    print("| " + " | ".join(header) + " |")
    print("|" + " --- |" * len(header))
    large, small = signed_in("bench-0"), signed_in("bench-1")
    rep = signed_in("bench-0", "rep0")
    for name, path, who in pages(large, small, rep):
        cookie, ids = who[0]
        reference = measure(base, who[1][0], path, who[1][1], 1, min(3, chosen.seconds)) if len(who) > 1 else None
        for clients in (1, 8):
            got = measure(base, cookie, path, ids, clients, chosen.seconds)
            cost = (median(got.total), median(got.sql)) if got.total else (float("nan"), float("nan"))
            cells = [name, str(clients), str(len(got.times)), f"{got.p(0.5):.1f}", f"{got.p(0.95):.1f}"]
            cells += [f"{cost[0] - cost[1]:.1f}" if clients == 1 else "", f"{cost[1]:.1f}" if clients == 1 else ""]
            cells.append(str(max(got.queries, default=0)))
            if reference and clients == 1:
                before = median(reference.total)
                cells += [f"{before:.1f}", f"{cost[0] / before:.2f}"]
            else:
                cells += ["", ""]
            if got.errors:
                cells[0] += f" ({got.errors} errors)"
            print("| " + " | ".join(cells) + " |", flush=True)
    installation.stop_web()


def pages(large, small, rep):
    both = [large, small]
    return [
        ("list, first page", "/leads/?page_size=50", both),
        ("list, filtered", "/leads/?page_size=50&status=new&source=referral&sort=-created", both),
        ("list, filtered, as rep", "/leads/?page_size=50&status=new&sort=-created", [rep]),
        ("search, common word", "/leads/?page_size=50&q=Quartz", both),
        ("search, rare word", "/leads/?page_size=50&q=Zephyrine", both),
        ("search, part of a word", "/leads/?page_size=50&q=ephyrin", both),
        ("board", "/board/", both),
        ("board, as rep", "/board/", [rep]),
        ("lead page", "/leads/{id}/", both),
        ("my day, as rep", "/my-day/", [rep]),
    ]


def signed_in(slug: str, name: str = "admin") -> tuple[str, list[str]]:
    """Return the session cookie of a person and the ids of some leads of the organisation."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from leadcrm.accounts.models import User
    from leadcrm.core import tenancy
    from leads.models import Lead

    user = User.objects.get(email=f"{name}@{slug}.example")
    session = SessionStore()
    session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session.save()
    assert user.organization_id is not None
    with tenancy.organization_scope(user.organization_id):
        ids = [str(pk) for pk in Lead.objects.visible_to(user).values_list("pk", flat=True)[:SAMPLE]]
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}", ids


def measure(base: str, cookie: str, path: str, ids: list[str], clients: int, seconds: float) -> Figures:
    """Ask for a page again and again from ``clients`` threads, each on one connection."""
    total, lock = Figures(), threading.Lock()
    start = threading.Barrier(clients + 1)
    end = [float("inf")]

    def work() -> None:
        mine, dice = Figures(), random.Random(7)
        connection = http.client.HTTPConnection(base, timeout=30)
        for _ in range(3):
            ask(connection, cookie, path, ids, dice, Figures())
        start.wait()
        while time.perf_counter() < end[0]:
            ask(connection, cookie, path, ids, dice, mine)
        with lock:
            for name in ("times", "sql", "total", "queries"):
                getattr(total, name).extend(getattr(mine, name))
            total.errors += mine.errors

    threads = [threading.Thread(target=work, daemon=True) for _ in range(clients)]
    for thread in threads:
        thread.start()
    end[0] = time.perf_counter() + 60
    start.wait()
    end[0] = time.perf_counter() + seconds
    for thread in threads:
        thread.join()
    return total


def ask(
    connection: http.client.HTTPConnection, cookie: str, path: str, ids: list[str], dice: random.Random, into: Figures
) -> None:
    began = time.perf_counter()
    connection.request("GET", path.replace("{id}", dice.choice(ids)) if "{id}" in path else path,
                       headers={"Cookie": cookie, "Accept-Encoding": "gzip"})  # fmt: skip
    response = connection.getresponse()
    response.read()
    if response.status != 200:
        into.errors += 1
        return
    into.times.append(time.perf_counter() - began)
    timing = dict(re.findall(r"(\w+);dur=([\d.]+)", response.headers.get("Server-Timing", "")))
    into.sql.append(float(timing.get("sql", "nan")))
    into.total.append(float(timing.get("cpu", "nan")) + float(timing.get("sql", "nan")))
    into.queries.append(int(response.headers.get("X-SQL-Count", "0")))
