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
    """What was measured at one page: seconds for answers, milliseconds of processor for what they cost."""

    times: list[float] = field(default_factory=list)
    python: list[float] = field(default_factory=list)
    queries: list[int] = field(default_factory=list)
    database: float = 0.0
    errors: int = 0

    def p(self, share: float) -> float:
        ordered = sorted(self.times)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")

    @property
    def cost(self) -> tuple[float, float]:
        """Return the milliseconds of processor of Python and of PostgreSQL for one page."""
        if not self.times:
            return float("nan"), float("nan")
        return median(self.python), 1000 * self.database / len(self.times)


def run(installation: Installation, chosen: argparse.Namespace) -> None:
    base = installation.start_web()
    print(f"\nPages at {installation.leads:,} leads in one organisation among 20 (milliseconds)\n")
    print("| page | p95 at 1 client | p95 at 8 | requests/s at 8 | Python | PostgreSQL | queries | at 10,000 | ratio |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    large, small = signed_in("bench-0"), signed_in("bench-1")
    rep = signed_in("bench-0", "rep0")
    for name, path, who in pages(large, small, rep):

        def ask_for(person: tuple[str, list[str]], clients: int, path: str = path) -> Figures:
            return measure(installation, base, person[0], path, person[1], clients, chosen.seconds)

        alone, together = ask_for(who[0], 1), ask_for(who[0], 8)
        python, database = alone.cost
        cells = [name, f"{alone.p(0.95):.1f}", f"{together.p(0.95):.1f}", f"{len(together.times) / chosen.seconds:.0f}"]
        cells += [f"{python:.1f}", f"{database:.1f}", str(max(alone.queries, default=0))]
        if len(who) > 1:
            before = sum(ask_for(who[1], 1).cost)
            cells += [f"{before:.1f}", f"{(python + database) / before:.2f}"]
        else:
            cells += ["", ""]
        if errors := alone.errors + together.errors:
            cells[0] += f" ({errors} errors)"
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


def measure(
    installation: Installation, base: str, cookie: str, path: str, ids: list[str], clients: int, seconds: float
) -> Figures:
    """Ask for a page again and again from ``clients`` threads, each on one connection."""
    total, lock = Figures(), threading.Lock()
    warm, start = threading.Barrier(clients + 1), threading.Barrier(clients + 1)
    end = [float("inf")]

    def work() -> None:
        mine, dice = Figures(), random.Random(7)
        connection = http.client.HTTPConnection(base, timeout=30)
        for _ in range(3):
            ask(connection, cookie, path, ids, dice, Figures())
        warm.wait()
        start.wait()
        while time.perf_counter() < end[0]:
            ask(connection, cookie, path, ids, dice, mine)
        with lock:
            for name in ("times", "python", "queries"):
                getattr(total, name).extend(getattr(mine, name))
            total.errors += mine.errors

    threads = [threading.Thread(target=work, daemon=True) for _ in range(clients)]
    for thread in threads:
        thread.start()
    end[0] = time.perf_counter() + 60
    warm.wait()
    used = installation.database_seconds()
    start.wait()
    end[0] = time.perf_counter() + seconds
    for thread in threads:
        thread.join()
    total.database = installation.database_seconds() - used
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
    into.python.append(float(timing.get("cpu", "nan")))
    into.queries.append(int(response.headers.get("X-SQL-Count", "0")))
