"""Write, change and delete notes."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods, require_POST

from leadcrm.core.errors import DomainError, NotAllowed
from leadcrm.core.forms import add_refusal
from leadcrm.core.htmx import render
from leadcrm.core.request import OrganizationRequest
from leads import access
from leads.forms.note import NoteForm
from leads.permissions import LeadPermission
from leads.services import notes
from leads.views.answers import done, refused


@require_http_methods(["GET", "POST"])
def note_create(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Write a note on a lead; what was typed stays when it cannot be saved."""
    lead = access.get_lead(request, pk, LeadPermission.EDIT)
    form = NoteForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            notes.add_note(lead=lead, content=form.cleaned_data["content"], actor=request.user)
        except DomainError as problem:
            add_refusal(form, problem)
        else:
            return done(request, lead, "Note saved", event="composer:reset")
    context = {"lead": lead, "form": form, "compose": "note"}
    return render(request, "leads/compose.html", context, partial="composer", status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def note_edit(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Change one's own note."""
    note = access.get_note(request, pk)
    form = NoteForm(request.POST if request.method == "POST" else None, initial={"content": note.content})
    if form.is_bound and form.is_valid():
        try:
            notes.change_note(note=note, content=form.cleaned_data["content"], actor=request.user)
        except NotAllowed as problem:
            return refused(request, note.lead, problem, status=403)
        except DomainError as problem:
            add_refusal(form, problem)
        else:
            return done(request, note.lead, "Note saved")
    context = {"lead": note.lead, "note": note, "form": form}
    return render(request, "leads/note_edit.html", context, partial="note-form", status=422 if form.is_bound else 200)


@require_POST
def note_delete(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Delete a note for good."""
    note = access.get_note(request, pk)
    lead = note.lead
    try:
        notes.delete_note(note=note, actor=request.user)
    except NotAllowed as problem:
        return refused(request, lead, problem, status=403)
    return done(request, lead, "Note deleted")
