"""What assessments attach to mails; the worker makes it right before a mail leaves."""

from __future__ import annotations

from typing import Any

from messaging.attachments import MAKERS

CALCULATION = "assessments.calculation_pdf"


def calculation_pdf(arguments: dict[str, Any]) -> bytes:
    """Return the document of the calculation whose id is in ``arguments``."""
    from assessments.models import Calculation
    from assessments.services import documents

    calculation = Calculation.objects.select_related("organization").get(pk=arguments["calculation"])
    return documents.calculation_pdf(calculation)


MAKERS.register(CALCULATION, calculation_pdf)
