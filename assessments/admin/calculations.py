"""Calculations and proposals in the admin: to be read. What was computed and accepted is never edited."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from assessments.models import Calculation, Proposal
from assessments.reports.shown import shown
from leadcrm.core import money
from leadcrm.core.admin import ReadOnlyTenantAdmin


@admin.register(Calculation)
class CalculationAdmin(ReadOnlyTenantAdmin):
    list_display = ("__str__", "type", "email", "total", "roi", "payback", "rate_version", "created_at")
    list_filter = ("type", "created_at")
    search_fields = ("email",)
    search_help_text = "The e-mail address, or the id of a calculation or a lead."
    id_search_fields = ("pk", "lead_id")
    fields = (
        "type", "lead", "email", "label", "headline", "total", "roi", "payback_months", "currency", "rate_version",
        "inputs", "results", "created_by", "created_at",
    )  # fmt: skip

    @admin.display(description="total")
    def total(self, obj: Calculation) -> str:
        return money.show(obj.total_value_minor, obj.currency)

    @admin.display(description="pays back after")
    def payback(self, obj: Calculation) -> str:
        if not obj.is_roi:
            return "–"
        return "never" if obj.payback_months is None else f"{obj.payback_months} months"

    @admin.display(description="in words")
    def headline(self, obj: Calculation) -> str:
        """Say what the page of the calculation says."""
        return shown(obj).headline


@admin.register(Proposal)
class ProposalAdmin(ReadOnlyTenantAdmin):
    list_display = ("reference", "title", "total", "state", "valid_until", "accepted_name", "accepted_at", "created_at")
    list_filter = ("state", "created_at")
    search_fields = ("reference",)
    search_help_text = "The reference, or the id of a proposal or a lead."
    id_search_fields = ("pk", "lead_id", "calculation_id")
    fields = (
        "reference", "title", "introduction", "lead", "calculation", "total", "currency", "valid_until", "state",
        "content", "created_by", "created_at", "accepted_at", "accepted_name", "accepted_address", "withdrawn_at",
        "withdrawn_by",
    )  # fmt: skip

    @admin.display(description="total")
    def total(self, obj: Proposal) -> str:
        return money.show(obj.total_minor, obj.currency)

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("token_hash",)
