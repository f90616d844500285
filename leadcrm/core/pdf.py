"""PDFs by typst: what people typed travels as data and never becomes part of the source.

A template is a file in ``templates/pdf``; ``#let data = json(bytes(sys.inputs.data))`` gives it what ``render`` was
given, and it shows texts as values, which typst never parses. ``page.typ`` holds the looks that all documents share.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import typst
from django.conf import settings

TEMPLATES = Path(settings.BASE_DIR) / "templates" / "pdf"
# A tagged document that screen readers can follow: typst refuses one without a title or with a chart without words.
STANDARD: Final = "ua-1"


def render(template: str, context: Mapping[str, Any]) -> bytes:
    """Return the document ``templates/pdf/<template>.typ`` over ``context``.

    The context holds what JSON holds; numbers come as the texts that people read, so that the page and the document
    say the same. Charts are the bytes of an SVG and are shown with ``chart(data.name, alt: …)``.

    Raises: ValueError for a template that does not exist; TypeError for a value that JSON does not hold.
    """
    path = (TEMPLATES / f"{template}.typ").resolve()
    if not path.is_relative_to(TEMPLATES) or not path.is_file():
        raise ValueError(f"There is no document called {template!r}.")
    return typst.compile(
        path,
        root=TEMPLATES,
        font_paths=_fonts(),
        sys_inputs={"data": json.dumps(_plain(context), ensure_ascii=False, allow_nan=False)},
        pdf_standards=STANDARD,
        format="pdf",
    )


@cache
def _fonts() -> typst.Fonts:
    """Read the fonts once per process: typst's own, and those of the system for scripts that they lack."""
    return typst.Fonts()


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, str):
        # JSON takes half of a surrogate pair, typst does not.
        return value.encode("utf-8", "replace").decode()
    return value
