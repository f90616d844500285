"""The result as a document, with the numbers of the page."""

from __future__ import annotations

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format

from assessments.models import Assessment
from assessments.reports.result import EVEN, Result
from leadcrm.core import pdf


def document_of(assessment: Assessment, *, named: bool) -> bytes:
    """Return the PDF of a completed assessment; without ``named`` it says nothing about who answered."""
    result = Result(assessment)
    completed_at = assessment.completed_at or assessment.last_activity_at
    day = date_format(timezone.localtime(completed_at), "j F Y")
    who = [assessment.full_name, assessment.company] if named else []
    return pdf.render(
        "assessment",
        {
            "title": "Your result" if named else "A shared result",
            "brand": assessment.organization.name,
            "foot": f"{assessment.questionnaire.title} · {day}",
            "intro": " · ".join(part for part in [*who, assessment.questionnaire.title, day] if part),
            "figures": [
                {"label": "Score", "value": f"{result.score} of 100"},
                {"label": "Recommended tier", "value": result.tier},
            ],
            "recommendation": result.recommendation,
            "even": EVEN if assessment.is_even else "",
            "radar": _svg("radar", result.radar) if result.radar else "",
            "bars": _svg("levels", result.bars),
            "alt": result.bars.summary,
            "topics": [[one.name, f"{one.weight_percent} %", one.score] for one in result.topics],
            "strengths": assessment.strengths,
            "weaknesses": assessment.weaknesses,
            "next_steps": result.next_steps,
        },
    )


def _svg(name: str, chart: object) -> bytes:
    return render_to_string(f"pdf/charts/{name}.svg", {"chart": chart}).encode()
