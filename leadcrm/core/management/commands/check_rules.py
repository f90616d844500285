"""`manage.py check_rules FILE`: compute worked cases and print every one that comes out differently."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from leadcrm.core.rule_checks import RULE_CHECKS, RuleCheck


class Command(BaseCommand):
    help = "Compute every case of a file of worked examples; exit with 1 when one comes out differently."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with open(options["file"], encoding="utf-8") as file:  # noqa: PTH123 — a path or /dev/stdin
                kinds = json.load(file)
        except (OSError, ValueError) as problem:
            raise CommandError(f"{options['file']} could not be read: {problem}") from problem
        wrong = 0
        for kind, cases in kinds.items():
            if kind not in RULE_CHECKS:
                self.stdout.write(f"{kind}: {len(cases)} cases not computed, leadcrm has no such rule yet")
                continue
            check = RULE_CHECKS.get(kind)
            failed = [(number, words) for number, case in enumerate(cases, 1) for words in problems_of(case, check)]
            for number, words in failed:
                self.stdout.write(f"{kind} {number}: {words}")
            wrong += len(failed)
            self.stdout.write(
                f"{kind}: {len(cases) - len({number for number, _ in failed})} of {len(cases)} cases exact"
            )
        if wrong:
            sys.exit(1)


def problems_of(case: Mapping[str, Any], check: RuleCheck) -> list[str]:
    """Return what differs, or why the case cannot be computed."""
    try:
        return check(case)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as problem:
        return [f"cannot be computed: {type(problem).__name__}: {problem}"]
