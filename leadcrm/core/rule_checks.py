"""Rules that worked cases can be computed with; apps register theirs in ``ready()``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from leadcrm.core.registry import Registry

# One case of a file → problems, empty when the case comes out exactly.
RuleCheck = Callable[[Mapping[str, Any]], list[str]]

RULE_CHECKS: Registry[RuleCheck] = Registry("kind of worked case")


def differences(computed: Mapping[str, Any], expected: Mapping[str, Any]) -> list[str]:
    """Name every value of ``expected`` that was computed differently."""
    return [
        f"{name} is {computed.get(name)!r}, expected {value!r}"
        for name, value in expected.items()
        if computed.get(name) != value
    ]
