"""The admin of everything about leads."""

from leads.admin import history, leads, settings

__all__ = ["history", "leads", "settings"]
