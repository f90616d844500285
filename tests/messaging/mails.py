"""One valid set of data for each of the mails."""

from datetime import UTC, datetime
from typing import Any

STARTS_AT = datetime(2026, 11, 25, 4, 30, tzinfo=UTC)
ENDS_AT = datetime(2026, 11, 25, 5, 15, tzinfo=UTC)

DATA: dict[str, dict[str, Any]] = {
    "welcome": {"name": "Greta Weber"},
    "assessment_results": {
        "name": "Greta Weber",
        "score": 72,
        "tier": "L4 Platforms",
        "strengths": ["Technology: your data is in one place."],
        "weaknesses": ["Team: nobody owns automation."],
        "next_steps": ["Name an owner.", "Start with one process."],
        "result_url": "https://crm.example/a/acme/result/abc123/",
    },
    "roi_report": {
        "name": "Greta Weber",
        "annual_savings": 1_234_567,
        "roi_percent": "187.4 %",
        "payback": 8,
        "currency": "INR",
        "result_url": "https://crm.example/r/acme/abc123/",
    },
    "follow_up": {
        "name": "Greta Weber",
        "body": "We have a new workshop.\n\nIt lasts a day.",
        "unsubscribe_url": "https://crm.example/u/abc123/",
    },
    "meeting_reminder": {
        "name": "Greta Weber",
        "subject": "Demo of the planner",
        "starts_at": STARTS_AT,
        "ends_at": ENDS_AT,
        "place": "Room 5 & lobby",
        "host": "Ravi Nair",
    },
    "confirm_subscription": {
        "name": "Greta Weber",
        "form": "Talk to us",
        "confirm_url": "https://crm.example/f/confirmation/abc123/",
    },
}
