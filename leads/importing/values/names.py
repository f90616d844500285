"""Full names into first and last names, saying when that is a guess."""

from __future__ import annotations

import re
from dataclasses import dataclass

from leads.importing.keys import word_set

_TITLES = word_set(
    "mr mrs ms miss mx dr prof professor sir madam rev shri smt herr frau monsieur madame mme mlle sra srta dott"
)
# These are names or initials as well, so they are titles only before a whole name.
_MAYBE_TITLES = word_set("m sr sri sig ing dipl-ing er adv ca hon capt col maj lt fr")
_SUFFIXES = word_set("jr sr ii iii iv v")
_DEGREES = word_set("phd md mba cpa esq dds dvm pe jd llm ll.m bsc msc ba ma rn pmp cfa ca cissp mbbs")
_PARTICLES = word_set(
    "van von de da das do dos du del della dello di der den ter ten la le las los af av al el bin binti ibn ben abu "
    "zu zum zur vom mac mc st st. san santa"
)
_LETTERS_ONLY = re.compile(r"[^\W\d_](?:[^\W\d_]|['’.·-])*")


@dataclass(frozen=True, slots=True)
class PersonName:
    first: str
    last: str
    is_sure: bool


def _bare(word: str) -> str:
    return word.strip(".,").casefold()


def split_name(text: str) -> PersonName:
    """Split a full name, already cleaned; ``is_sure`` is False where the parts are a guess.

    Two words, a comma between last and first name, an initial in the middle and a particle before the last name
    are clear. Three or more plain words, one word, and scripts that write no spaces are not.
    """
    if text.count(",") == 1:
        last, _, first = (part.strip() for part in text.partition(","))
        if _bare(first) in _SUFFIXES:
            text = f"{last} {first}"
        elif _bare(first).replace(".", "") in _DEGREES:
            return PersonName(*_split_words(last.split())[:2], is_sure=False)
        elif first and last:
            words = _without_titles(first.split())
            sure = bool(words) and len(last.split()) <= 3 and all(map(_LETTERS_ONLY.fullmatch, words))
            return PersonName(" ".join(words) or first, last, sure)
    return _name(*_split_words(text.replace(",", " ").split()))


def _name(first: str, last: str, sure: bool) -> PersonName:
    return PersonName(first, last, sure)


def _without_titles(words: list[str]) -> list[str]:
    start = 0
    while (left := len(words) - start) > 1 and (
        _bare(words[start]) in _TITLES or (left > 2 and _bare(words[start]) in _MAYBE_TITLES)
    ):
        start += 1
    return words[start:]


def _split_words(words: list[str]) -> tuple[str, str, bool]:
    count = len(words)
    words = _without_titles(words)
    is_titled = len(words) < count
    suffix = ""
    if len(words) > 2 and _bare(words[-1]) in _SUFFIXES:
        suffix = " " + words.pop()
    if not words:
        return "", "", False
    if len(words) == 1:
        # "Dr. Sharma" is a last name; one word alone is what the person is called.
        return ("", words[0], False) if is_titled else (words[0], "", False)
    plain = all(map(_LETTERS_ONLY.fullmatch, words))
    for position in range(1, len(words)):
        if words[position].casefold() in _PARTICLES and position < len(words) - 1:
            # Particles are written small between the names: Ludwig van Beethoven, Maria de la Cruz.
            sure = plain and position == 1
            return " ".join(words[:position]), " ".join(words[position:]) + suffix, sure
    if len(words) == 2:
        return words[0], words[1] + suffix, plain
    middle = words[1:-1]
    initials = all(len(_bare(word)) == 1 for word in middle)
    return " ".join(words[:-1]), words[-1] + suffix, plain and initials
