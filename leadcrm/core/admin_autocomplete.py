"""The search behind the drop-down lists of the admin: only for lists that exist, and logged as any other look."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.exceptions import NotRegistered
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from leadcrm.core.admin import AccessLogged

if TYPE_CHECKING:

    class _View(AutocompleteJsonView):
        request: HttpRequest
        model_admin: Any
        term: str
else:
    _View = AutocompleteJsonView


class Autocomplete(_View):
    """Django's view answers for any foreign key of any model, whether a form offers it or not."""

    def process_request(self, request: HttpRequest) -> Any:
        """Refuse what no form asks for.

        Raises: PermissionDenied.
        """
        found = super().process_request(request)
        source = found[2]
        try:
            offered = admin.site.get_model_admin(source.model).get_autocomplete_fields(request)
        except NotRegistered as unknown:
            raise PermissionDenied from unknown
        if source.name not in offered:
            raise PermissionDenied
        return found

    def get_context_data(self, **kwargs: Any) -> Any:
        """Tell the organisations whose rows are listed; the name of an organisation itself is no row of theirs."""
        context = super().get_context_data(**kwargs)
        rows = context["object_list"]
        if isinstance(self.model_admin, AccessLogged) and hasattr(self.model_admin.model, "organization_id"):
            self.model_admin.tell_list(
                self.request, Counter(self.model_admin.organization_of(row) for row in rows), {"search": self.term}
            )
        return context


def autocomplete_view(request: HttpRequest) -> HttpResponseBase:
    return Autocomplete.as_view(admin_site=admin.site)(request)
