"""The one filter set of leads: for list, board, export and everything that keeps a query for later."""

from leads.filters.leads import Chip, LeadFilter

__all__ = ["Chip", "LeadFilter"]
