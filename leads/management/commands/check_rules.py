"""`manage.py check_rules FILE`: compute worked cases and print every one that comes out differently."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from leads.importing.values import parse_company_size
from leads.intelligence import rules

# kind of case in the file → (case) → problems, empty when the case comes out exactly
Check = Callable[[Mapping[str, Any]], list[str]]


def check_lead_score(case: Mapping[str, Any]) -> list[str]:
    """Compare the rule score of ``case["lead"]`` with ``case["score"]``; ``tier`` is the service tier."""
    lead = case["lead"]
    facts = rules.LeadFacts(
        email=lead.get("email") or "",
        phone=lead.get("phone") or "",
        company=lead.get("company") or "",
        message=lead.get("message") or "",
        service_tier=lead.get("tier") or lead.get("service_tier") or "",
        industry=lead.get("industry") or "",
        company_size=parse_company_size(str(lead.get("company_size") or "").strip()).band or "",
    )
    result = rules.score_facts(facts)
    problems = []
    if result.score != case["score"]:
        problems.append(f"the score is {result.score}, expected {case['score']}")
    if sum(factor["points"] for factor in result.factors) != result.score:
        problems.append("the points of the explanation do not sum to the score")
    return problems


CHECKS: dict[str, Check] = {"lead_scores": check_lead_score}


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
            check = CHECKS.get(kind)
            if check is None:
                self.stdout.write(f"{kind}: {len(cases)} cases not computed, leadcrm has no such rule yet")
                continue
            failed = [(number, words) for number, case in enumerate(cases, 1) for words in check(case)]
            for number, words in failed:
                self.stdout.write(f"{kind} {number}: {words}")
            wrong += len(failed)
            self.stdout.write(
                f"{kind}: {len(cases) - len({number for number, _ in failed})} of {len(cases)} cases exact"
            )
        if wrong:
            sys.exit(1)
