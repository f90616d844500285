"""Ask a flag in a template, and bring the reading aids onto a page."""

from __future__ import annotations

from typing import Any

from django import template
from django.http import HttpRequest
from django.template.context import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from leadcrm.core.addresses import visitor_id
from leadcrm.flags import reading, services
from leadcrm.flags.choices import Flag

register = template.Library()


@register.simple_tag(takes_context=True)
def flag(context: Context, key: str) -> bool:
    """Tell whether a flag is on for whoever looks at the page: ``{% flag "CHAT_SUPPORT" as is_on %}``."""
    request: HttpRequest | None = context.get("request")
    return services.is_on(key, **_asking(request)) if request is not None else False


def _asking(request: HttpRequest) -> dict[str, Any]:
    organization = getattr(request, "organization", None)
    # On a public page everybody is a visitor, or somebody who is signed in elsewhere would see another page.
    if request.user.is_authenticated and organization in (None, request.user.organization):
        return {"user": request.user}
    return {"visitor": visitor_id(request), "organization": organization}


@register.simple_tag(takes_context=True)
def reading_aids(context: Context) -> SafeString | str:
    """Return the attributes of ``<html>`` that switch the reading aids on, and those that the person chose."""
    if not flag(context, Flag.A11Y_IMPROVEMENTS):
        return ""
    chosen = reading.chosen(context["request"].COOKIES)
    return format_html(
        " data-aids{}{}",
        format_html(' data-text="{}"', chosen["text"]) if chosen["text"] else "",
        format_html(' data-spacing="{}"', chosen["spacing"]) if chosen["spacing"] else "",
    )
