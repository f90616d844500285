"""Which data grow old: apps say how theirs is deleted, and one job asks them all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from leadcrm.core.registry import Registry


@dataclass(frozen=True)
class RetentionRule:
    """One kind of data: ``delete`` removes what is older than a moment from the organisation of the scope."""

    label: str
    months: int
    delete: Callable[[datetime], int]


RULES: Registry[RetentionRule] = Registry("retention rule")
