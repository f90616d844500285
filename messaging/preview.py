"""Show the HTML of a mail without giving it anything.

It stands in an ``<iframe sandbox srcdoc>``: no script, no form, no origin. Such a document inherits the policy of the
page around it, so it loads nothing either; only the style block that our own layout wrote is let through, by its hash.
"""

from __future__ import annotations

import base64
import hashlib
import re

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse

STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


def allow_style_of(request: HttpRequest, response: HttpResponse, html: str) -> HttpResponse:
    """Let the first style block of ``html``, which is that of our layout, work on the page."""
    found = STYLE.search(html)
    if found is None:
        return response
    # A browser reads every line end as a line feed before it computes the hash.
    style = found[1].replace("\r\n", "\n").encode()
    digest = base64.b64encode(hashlib.sha256(style).digest()).decode()
    csp_update({"style-src": [f"'sha256-{digest}'"]})(lambda _: response)(request)
    return response
