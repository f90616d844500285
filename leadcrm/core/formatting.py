"""Words and figures for people. Pure functions: no request, no database, no markup."""

from datetime import date, datetime, timedelta

from django.utils import timezone

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def initials(name: str) -> str:
    """Return one or two letters for a person, from a name or an e-mail address."""
    words = [word for word in name.split("@")[0].replace(".", " ").replace("_", " ").split() if word[0].isalnum()]
    if not words:
        return "?"
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


def day(value: date, *, today: date) -> str:
    """Write a day, with its year only when it is another one."""
    text = f"{value.day} {MONTHS[value.month - 1]}"
    return text if value.year == today.year else f"{text} {value.year}"


def moment(value: datetime) -> str:
    """Write a date and time in the time zone of the request."""
    local = timezone.localtime(value)
    return f"{local.day} {MONTHS[local.month - 1]} {local.year}, {local:%H:%M}"


def ago(value: datetime, *, now: datetime) -> str:
    """Say how long ago something happened; beyond a week, say when."""
    seconds = (now - value).total_seconds()
    if seconds < 0:
        return moment(value) if seconds < -60 else "just now"
    if seconds < 60:
        return "just now"
    if seconds < 3600:
        return f"{int(seconds // 60)} min ago"
    if seconds < 86_400:
        return f"{int(seconds // 3600)} h ago"
    days = (timezone.localdate(now) - timezone.localdate(value)).days
    if days <= 1:
        return "yesterday"
    if days < 7:
        return f"{days} days ago"
    return day(timezone.localdate(value), today=timezone.localdate(now))


# In this order: every browser also bears the names of those before it, so that old pages let it in.
BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser/", "Samsung Internet"), ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"), ("CriOS/", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
    ("Mac OS X", "Mac"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


def device(user_agent: str) -> str:
    """Name the browser and system that a user agent claims; what it is, only its owner knows."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or (user_agent[:80] if user_agent else "Unknown browser")


def span(days: int) -> str:
    """Write a length of time for tight places: days, and beyond three months whole months or years."""
    if days < 100:
        return f"{days} d"
    return f"{days // 30} mo" if days < 730 else f"{days // 365} y"


def due(value: date | datetime, *, now: datetime) -> tuple[str, str]:
    """Return the state (overdue, today, soon or later) and the words for a thing that is due."""
    today = timezone.localdate(now)
    when = timezone.localdate(value) if isinstance(value, datetime) else value
    days = (when - today).days
    if days < 0:
        return "overdue", "1 day late" if days == -1 else f"{-days} days late"
    if days == 0:
        if isinstance(value, datetime) and value < now - timedelta(minutes=1):
            return "overdue", "late since " + f"{timezone.localtime(value):%H:%M}"
        return "today", f"today {timezone.localtime(value):%H:%M}" if isinstance(value, datetime) else "today"
    if days == 1:
        return "soon", "tomorrow"
    if days < 7:
        return "later", f"in {days} days"
    return "later", day(when, today=today)
