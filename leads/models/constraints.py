"""Check constraints that many tables need."""

from __future__ import annotations

from django.db import models


def one_of(field: str, choices: type[models.TextChoices], *, blank: bool = False) -> models.CheckConstraint:
    """Return the constraint that keeps an enumeration to its words."""
    words = [*choices.values, ""] if blank else choices.values
    return models.CheckConstraint(
        condition=models.Q(**{f"{field}__in": words}), name=f"%(app_label)s_%(class)s_{field}"
    )


def between(field: str, low: int, high: int) -> models.CheckConstraint:
    """Return the constraint that keeps a number in a range; an unknown number (null) is allowed."""
    return models.CheckConstraint(
        condition=models.Q(**{f"{field}__gte": low, f"{field}__lte": high}) | models.Q(**{f"{field}__isnull": True}),
        name=f"%(app_label)s_%(class)s_{field}_range",
    )
