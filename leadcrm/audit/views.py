"""Who did what in the organisation."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from leadcrm.audit import services
from leadcrm.audit.events import AuditEvent
from leadcrm.audit.export import NEWEST_FIRST, lines
from leadcrm.audit.forms import EntryFilterForm, entity_names, narrow
from leadcrm.audit.models import ActivityLog
from leadcrm.audit.permissions import SEE_AUDIT
from leadcrm.core.access import requires
from leadcrm.core.htmx import render
from leadcrm.core.pager import page_of
from leadcrm.core.request import OrganizationRequest


@require_safe
@requires(SEE_AUDIT)
def entry_list(request: OrganizationRequest) -> HttpResponse:
    form = EntryFilterForm(request.GET)
    chosen = form.chosen()
    page = page_of(narrow(ActivityLog.objects.all(), chosen), request.GET, order=NEWEST_FIRST)
    for entry in page.rows:
        entry.about = entity_names().get(entry.entity_type, entry.entity_type)
    context = {"form": form, "page": page, "is_filtered": bool(chosen), "entity_id": chosen.get("entity_id")}
    return render(request, "audit/entry_list.html", context, partial="entry-table")


@require_safe
@requires(SEE_AUDIT)
def entry_detail(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    entry = get_object_or_404(ActivityLog, pk=pk)
    context = {
        "entry": entry,
        "about": entity_names().get(entry.entity_type, entry.entity_type),
        "changes": [(name, _words(before), _words(after)) for name, (before, after) in _pairs(entry)],
        "details": [(name.replace("_", " ").capitalize(), _words(value)) for name, value in entry.metadata.items()],
    }
    return render(request, "audit/entry_detail.html", context)


@require_safe
@requires(SEE_AUDIT)
def entry_export(request: OrganizationRequest) -> StreamingHttpResponse:
    """Answer with the entries that the filters leave, as a CSV file."""
    chosen = EntryFilterForm(request.GET).chosen()
    services.record(
        AuditEvent.LOG_EXPORTED, actor=request.user, metadata={name: str(value) for name, value in chosen.items()}
    )
    organization_id = request.organization.pk
    # The zone is fixed now: the file is written when the request is over.
    zone = timezone.get_current_timezone()

    def entries() -> Any:
        with timezone.override(zone):
            return narrow(ActivityLog.objects.all(), chosen)

    return StreamingHttpResponse(
        lines(organization_id, entries),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="audit-{timezone.localdate():%Y-%m-%d}.csv"'},
    )


def _pairs(entry: ActivityLog) -> list[tuple[str, tuple[Any, Any]]]:
    """Return the changes as pairs; an entry of another shape is shown as it is rather than hidden."""
    return [
        (name, (pair[0], pair[1]) if isinstance(pair, list) and len(pair) == 2 else (None, pair))
        for name, pair in entry.changes.items()
    ]


def _words(value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
