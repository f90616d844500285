"""The page of the local mailbox; it needs no sign-in, because signing up needs the mail first."""

from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from leadcrm.local.mailbox import Mailbox

PAGE_SIZE = 25


@login_not_required
@require_safe
@never_cache
def mailbox(request: HttpRequest) -> HttpResponse:
    """List the mails, newest first."""
    box = _mailbox()
    page = Paginator(box.names(), PAGE_SIZE).get_page(request.GET.get("page"))
    mails = [mail for name in page if (mail := box.read(name))]
    return render(request, "local/mailbox.html", {"mails": mails, "page": page})


@login_not_required
@require_safe
@never_cache
def mail(request: HttpRequest, name: str) -> HttpResponse:
    """Show one mail as plain text."""
    found = _mailbox().read(name)
    if found is None:
        raise Http404
    return render(request, "local/mail.html", {"mail": found})


def _mailbox() -> Mailbox:
    return Mailbox(Path(settings.LOCAL_MAILBOX_DIR))
