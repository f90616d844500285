"""Let a page tell how long it took."""

from __future__ import annotations

from django import template
from django.template.context import Context
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from leadcrm.analytics.timing import ticket_of

register = template.Library()


@register.simple_tag(takes_context=True)
def page_timing(context: Context) -> SafeString | str:
    """Return the script that measures and the ticket it reports with; nothing for a page of no organisation."""
    request = context.get("request")
    ticket = ticket_of(request) if request is not None else ""
    if not ticket:
        return ""
    return format_html(
        '<meta name="page-timing" content="{}" data-url="{}">\n<script type="module" src="{}"></script>',
        ticket,
        reverse("analytics:page_timing"),
        static("js/timing.js"),
    )
