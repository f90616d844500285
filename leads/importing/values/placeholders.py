"""Words that forms and programs write into a cell when there is nothing to write.

What means nothing depends on the column. ``NA`` is Namibia in a column of country codes and a family name in Korea;
``Null`` is a family name as well, ``null`` and ``NULL`` are not. ``None`` in a column of names is what a Python program
wrote: people of that name are far rarer than such files, so it is taken as empty everywhere.
"""

from __future__ import annotations

import re

from leads.importing.fields import Kind
from leads.importing.keys import phrase_set, word_set

_SPREADSHEET = word_set("#n/a #na #n/d #nv #value! #wert! #ref! #bezug! #name? #div/0! #null! #num! #error!")
_PROGRAM = frozenset(
    {"null", "(null)", "<null>", "[null]", "\\n", "nan", "undefined", "none", "nil", "<na>", "nat", "[]", "{}"}
)
_FORM = phrase_set(
    """n/a, n/a., n.a., n.a, not available, not applicable, not provided, [not provided], not specified, not given,
    unspecified, not set, not known, no value, no data, (blank), [blank], (empty), (none), --none--, -none-, - none -,
    -- none --, <none>, select, select one, please select, please choose, choose one, choose..., select..., (select),
    -select-, --select--, - select -, -- select --, select an option, tbd, t.b.d., tba, keine angabe, k.a., k. a.,
    sin datos, non renseigné, anonymous"""
)
_WORDS = word_set("unknown na (unknown) unbekannt inconnu desconocido blank empty nothing")
_SIGNS = re.compile(r"[-–—−_.·*?/\\|~=+\s'\"`,;:#]{1,12}")

_EVERYWHERE = _SPREADSHEET | _PROGRAM
_USUAL = _EVERYWHERE | _FORM | _WORDS
# Column kinds where an everyday word is a value: "Unknown" and "Select" may be answers of a custom field, "NA" a name.
_WORDS_OF: dict[Kind, frozenset[str]] = {
    Kind.NAME: _EVERYWHERE | _FORM - {"select"} | {"unknown", "(unknown)"},
    Kind.FULL_NAME: _EVERYWHERE | _FORM - {"select"} | {"unknown", "(unknown)"},
    Kind.KEY: _EVERYWHERE | _FORM,
    Kind.BLOCK: _EVERYWHERE | _FORM | {"na"},
    Kind.CHOICE: _EVERYWHERE | _FORM,
    Kind.OUTREACH_STATUS: _EVERYWHERE - {"none"} | _FORM - {"(none)"},
}
_LONGEST = max(map(len, _USUAL))
# Three letters of machines, written by people only as names.
_NAMES = frozenset({"Null", "Nil", "Nan", "Nat"})


def is_placeholder(text: str, kind: Kind) -> bool:
    """Say whether a cleaned cell of a column of this kind stands for nothing."""
    if not text:
        return True
    if len(text) > _LONGEST:
        return False
    if text.casefold() in _WORDS_OF.get(kind, _USUAL):
        return not (text in _NAMES and kind in {Kind.NAME, Kind.FULL_NAME})
    return not text[0].isalnum() and _SIGNS.fullmatch(text) is not None


def is_custom_placeholder(text: str) -> bool:
    """Say the same of a custom field, where only what machines write is surely nothing."""
    if not text:
        return True
    folded = text.casefold()
    return len(text) <= _LONGEST and (
        folded in _EVERYWHERE
        or folded in {"n/a", "select", "-select-", "--select--", "-- select --", "please select", "(blank)"}
        or _SIGNS.fullmatch(text) is not None
    )
