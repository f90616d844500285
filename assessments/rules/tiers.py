"""What each tier means for somebody who never heard of it."""

from __future__ import annotations

from leads.choices import ServiceTier

MEANING = {
    ServiceTier.L1_ESSENTIALS: "put data and everyday processes in order before anything intelligent is built on them.",
    ServiceTier.L2_ADVANCED: "connect the systems you have and automate the first processes from end to end.",
    ServiceTier.L3_CONSULTING: "choose the use cases that pay, and take them into daily work with experienced help.",
    ServiceTier.L4_PLATFORMS: "move single successes onto a common platform with shared data, models and rules.",
    ServiceTier.L5_STRATEGIC: "make AI part of how the business is steered: a portfolio, rules, and people who own it.",
}


def recommendation(tier: ServiceTier) -> str:
    """Name the tier and say what it is about."""
    return f"{tier.label}: {MEANING[tier]}"
