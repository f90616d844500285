"""Documents of calculations and proposals, with the figures that the pages show."""

from __future__ import annotations

from typing import Any

from django.template.loader import render_to_string

from assessments.models import Calculation, Proposal
from assessments.reports.shown import ShownEstimate, ShownRoi, shown
from leadcrm.accounts.models import Organization
from leadcrm.core import formatting, pdf


def calculation_pdf(calculation: Calculation) -> bytes:
    """Return the document of a calculation."""
    told = shown(calculation)
    organization: Organization = calculation.organization
    context = {
        "brand": organization.name,
        "made": f"Calculated on {formatting.moment(calculation.created_at)}",
        "headline": told.headline,
        "asked": _facts(told.asked),
    }
    if isinstance(told, ShownRoi):
        return pdf.render("roi", {**context, **_roi(told), "name": calculation.label or "Return on investment"})
    return pdf.render("estimate", {**context, **_estimate(told), "name": calculation.label or "Project estimate"})


def proposal_pdf(proposal: Proposal) -> bytes:
    """Return the document of a proposal, with its state on the day it is made."""
    told = shown(proposal.calculation)
    if not isinstance(told, ShownEstimate):
        raise TypeError("A proposal is made from an estimate.")
    brand, prospect = proposal.content["brand"], proposal.content["prospect"]
    return pdf.render(
        "proposal",
        {
            "brand": brand["name"],
            "promise": brand["promise"],
            "links": [f"{link['label']}: {link['url']}" for link in brand["links"]],
            "title": proposal.title,
            "introduction": proposal.introduction.split("\n\n") if proposal.introduction else [],
            "facts": [
                {"label": "Prepared for", "value": ", ".join(filter(None, [prospect["name"], prospect["company"]]))},
                {"label": "Reference", "value": proposal.reference},
                {"label": "Made on", "value": long_day(proposal.created_at.date())},
                {"label": "Valid until", "value": long_day(proposal.valid_until)},
            ],
            "accepted": (
                f"Accepted by {proposal.accepted_name} on {formatting.moment(proposal.accepted_at)}"
                if proposal.accepted_at
                else ""
            ),
            "asked": _facts(told.asked),
            **_estimate(told),
        },
    )


def long_day(value: Any) -> str:
    """Write a day with its year."""
    return f"{value.day} {formatting.MONTHS[value.month - 1]} {value.year}"


def _facts(pairs: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"label": label, "value": value} for label, value in pairs]


def _roi(told: ShownRoi) -> dict[str, Any]:
    expected = told.expected
    return {
        "figures": _facts(
            [
                ("Savings a year", expected.annual_savings),
                ("Return", expected.roi),
                ("Pays for itself", expected.payback),
            ]
        ),
        "costs": _facts(told.costs),
        "scenarios": [one.name for one in told.scenarios],
        "compared": [[label, *values] for label, values in told.compared],
        "years": [[label, *values] for label, values in told.years],
        "chart": render_to_string("assessments/cash_flow.svg", {"chart": told.chart}).encode(),
        "summary": told.chart.summary,
    }


def _estimate(told: ShownEstimate) -> dict[str, Any]:
    return {
        "figures": _facts([("Total", told.total), ("Time", told.weeks)]),
        "breakdown": [[label, value] for label, value in told.breakdown],
        "total": told.total,
        "cost": told.cost,
        "phases": [list(phase) for phase in told.phases],
        "deliverables": told.deliverables,
    }
