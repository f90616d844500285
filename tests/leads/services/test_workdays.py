from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from leads.services import workdays

INDIA = ZoneInfo("Asia/Kolkata")


def test_working_mornings_skip_the_weekend():
    friday_evening = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
    assert workdays.morning_after(friday_evening, INDIA).isoformat() == "2026-11-23T09:00:00+05:30"


def test_the_day_is_that_of_the_organisation():
    # Late on Thursday in UTC it is Friday in India already.
    thursday = datetime(2026, 11, 19, 20, 0, tzinfo=UTC)
    assert workdays.morning_after(thursday, INDIA).isoformat() == "2026-11-23T09:00:00+05:30"
