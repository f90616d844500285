"""Cells that a spreadsheet shows instead of running, and the way back.

A cell that begins with ``=``, ``+``, ``-``, ``@``, a tab or a line break is a formula to some spreadsheet, and so is
one where blanks or full-width forms of these signs stand first. It gets an apostrophe in front, which spreadsheets
take as "this is text". Import takes the apostrophe away again, so that nothing is lost between export and import:
a cell that already begins with apostrophes before such a sign gets one more.

Two forms stay as they are, because they are no formula and an apostrophe would spoil them: phone numbers in E.164
(``+919812345678``) and plain signed numbers (``-12.5``). Programs that open the CSV may show a long phone number as
a figure; in the XLSX export it is a text cell and stays what it is.
"""

from __future__ import annotations

import json
import re
import string
from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal

_HARMLESS = re.compile(r"\+[1-9][0-9]{6,14}|[+-]?[0-9]{1,15}(?:[.,][0-9]{1,10})?")
_DANGEROUS = re.compile(
    "'*[\\s\x00-\x1f\x7f-\xa0\xad\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]*[=+@\t\r\n\x0b\x0c|\uff1d\uff0b\uff0d\uff20\u2212\ufe62\ufe63\ufe66\ufe6b-]"
)
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_PLAIN_BEGINNINGS = frozenset(string.ascii_letters + string.digits)
# The longest text that a cell of a workbook can hold.
WORKBOOK_CELL_CHARACTERS = 32_767


def _needs_guard(text: str) -> bool:
    if not text or text[0] in _PLAIN_BEGINNINGS:
        return False
    if _HARMLESS.fullmatch(text):
        return False
    bare = text.lstrip("'")
    if bare != text and _HARMLESS.fullmatch(bare):
        return False
    return _DANGEROUS.match(text) is not None or bare[:1] in {"\t", "\r", "\n"}


def guard(text: str) -> str:
    """Return ``text`` so that no spreadsheet takes it for a formula."""
    return "'" + text if _needs_guard(text) else text


def unguard(text: str) -> str:
    """Return what ``guard`` was given."""
    return text[1:] if text[:1] == "'" and _needs_guard(text[1:]) else text


def _as_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Iterable):
        return _as_list(list(map(_as_text, value)))
    return str(value)


def _as_list(items: list[str]) -> str:
    """Join items so that import finds the same ones: as a JSON list where a separator stands inside one."""
    joined = "; ".join(items)
    is_unclear = len(items) == 1 and "," in joined
    if is_unclear or joined[:1] in {"[", "{"} or any(sign in item for item in items for sign in ";|\n"):
        return json.dumps(items, ensure_ascii=False)
    return joined


def safe_cell(value: object) -> str:
    """Return the text of a value for a cell of a CSV file; lists become one cell that import reads again."""
    if value is None:
        return ""
    if isinstance(value, str) and (not value or value[0] in _PLAIN_BEGINNINGS):
        return value  # nearly all cells, and an export has millions
    return guard(_as_text(value))


def workbook_cell(value: object) -> str | int | float | Decimal | bool | date | None:
    """Return a value for a cell of a workbook: numbers and days stay what they are, text is guarded.

    Moments become text, because workbooks know no time zones. Signs that XML cannot hold are left out.
    """
    if value is None or isinstance(value, (bool, int, float, Decimal)):
        return value
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    text = _NOT_IN_XML.sub("", _as_text(value))
    return guard(text)[:WORKBOOK_CELL_CHARACTERS]
