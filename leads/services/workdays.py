"""When work goes on: mornings of working days, in the time zone of the organisation."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

START = time(9, 0)
SATURDAY = 5


def morning_after(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return 09:00 of the first working day after the day of ``moment``."""
    day = moment.astimezone(zone).date() + timedelta(days=1)
    while day.weekday() >= SATURDAY:
        day += timedelta(days=1)
    return datetime.combine(day, START, tzinfo=zone)
