"""Phone numbers in E.164, the one form in which two of them can be compared.

phonenumbers knows every country and takes some 50 microseconds for a number. Most numbers of a file are plain, so
a number whose digits already decide the matter is taken by a table of its metadata; the tests hold both against each
other. A number counts as usable when its length is possible: patterns of new number ranges lag behind in any metadata.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneMetadata

from leads.importing.problems import ValueProblem
from leads.importing.values.text import clean_line

_PLAIN = re.compile(r"\+?[0-9][0-9 .()/-]*")
_PUNCTUATION = str.maketrans("", "", " .()/-")
_SCIENTIFIC = re.compile(r"(\d)(?:[.,](\d+))?[eE]\+?(\d{1,2})")
_SEPARATORS = re.compile(
    r"\s*(?:;(?!\s*ext)|[|\n]|,(?=\s*[+(\d])|\s/\s|\s(?:or|oder|and|und|ou|o)\s)\s*", re.IGNORECASE
)
# A number that a spreadsheet shows with its thousands.
_GROUPED = re.compile(r"\d{1,3}(?:,\d{2,3})+")
_PREFIX = re.compile(
    r"^(?:tel(?:ephone|efon)?|phone|ph|p|m|t|mob(?:ile)?|cell|whatsapp|office|work|home|direct)\s*[.:]\s*|^tel:",
    re.IGNORECASE,
)
_ACCEPTED = "Write it with its country code, such as +91 98123 45678."


@dataclass(frozen=True, slots=True)
class PhoneCell:
    """The number in E.164, its extension, and what stood beside it."""

    number: str
    extension: str = ""
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Plan:
    """The numbering of one region, as far as plain numbers need it."""

    lengths: frozenset[int]
    pattern: re.Pattern[str]
    own_prefix: re.Pattern[str] | None
    strips_zero: bool


@lru_cache(maxsize=512)
def _plan_of(code: int) -> _Plan | None:
    region = phonenumbers.region_code_for_country_code(code)
    metadata = PhoneMetadata.metadata_for_region_or_calling_code(code, region)
    if metadata is None or metadata.general_desc is None:
        return None
    prefix = metadata.national_prefix_for_parsing
    return _Plan(
        lengths=frozenset(metadata.general_desc.possible_length),
        pattern=re.compile(metadata.general_desc.national_number_pattern or r"\d+"),
        own_prefix=re.compile(prefix) if prefix else None,
        strips_zero=prefix == "0" and metadata.national_prefix_transform_rule is None,
    )


# No country code begins with another one, so at most one of the lengths fits.
_CODES = frozenset(str(code) for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE)


def _international(digits: str) -> str | None:
    """Return the E.164 form of digits that follow a plus sign, None where phonenumbers has to look."""
    for length in (2, 1, 3):
        code = digits[:length]
        if code in _CODES:
            break
    else:
        return None
    plan = _plan_of(int(code))
    national = digits[length:]
    # A trunk prefix inside an international number, as in +44 (0)20, must go.
    if plan is None or (plan.own_prefix is not None and plan.own_prefix.match(national)):
        return None
    if len(national) not in plan.lengths:
        many = len(national) > max(plan.lengths)
        raise ValueProblem(
            "bad_phone", f"The phone number has too {'many' if many else 'few'} digits for its country. {_ACCEPTED}"
        )
    return "+" + digits


def _national(digits: str, region: str) -> str | None:
    """Return the E.164 form of digits as they are dialled inside ``region``, None where phonenumbers has to look."""
    code = phonenumbers.country_code_for_region(region)
    plan = _plan_of(code) if code else None
    if plan is None or phonenumbers.region_code_for_country_code(code) != region:
        return None
    if digits.startswith("00"):
        return None  # Dialled like that, a country code follows.
    if plan.strips_zero and digits[0] == "0":
        digits = digits[1:]
    elif plan.own_prefix is not None and plan.own_prefix.match(digits):
        return None
    if len(digits) not in plan.lengths or not plan.pattern.fullmatch(digits):
        return None
    return f"+{code}{digits}"


def parse_phone(text: str, *, region: str | None = None) -> PhoneCell:
    """Return the number of a cell in E.164; numbers without a country code are read as dialled in ``region``.

    ``region`` is an ISO 3166 code such as IN.

    Raises: ValueProblem.
    """
    if _PLAIN.fullmatch(text):
        digits = text.translate(_PUNCTUATION)
        number = _international(digits[1:]) if digits[0] == "+" else _national(digits, region) if region else None
        if number is not None and 4 <= len(number) <= 16:
            return PhoneCell(number)
    return _parse_slowly(clean_line(text), region)


def _parse_slowly(text: str, region: str | None) -> PhoneCell:
    text = text.lstrip("'`").strip()
    if found := _SCIENTIFIC.fullmatch(text):
        whole, decimals, exponent = found[1], found[2] or "", int(found[3])
        if len(decimals) < exponent:
            raise ValueProblem(
                "damaged_phone",
                "A spreadsheet shortened this number and its last digits are lost. Format the column as text "
                "in the original and export it again.",
            )
        text = (whole + decimals)[: exponent + 1]
    if text.endswith((".0", ".00")) and text.partition(".")[0].isdecimal():
        text = text.partition(".")[0]
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    parts = [part for part in _SEPARATORS.split(text[:500]) if part]
    reason: ValueProblem | None = None
    usable: PhoneCell | None = None
    others: list[str] = []
    for part in parts:
        try:
            found_number = _parse_one(_PREFIX.sub("", part.strip()), region)
        except ValueProblem as problem:
            reason = reason or problem
            if any(map(str.isdigit, part)):
                others.append(part[:50])
            continue
        if usable is None:
            usable = found_number
        elif found_number.number != usable.number:
            others.append(found_number.number)
    if usable is None:
        raise reason or ValueProblem("bad_phone", f"This is not a phone number. {_ACCEPTED}")
    return PhoneCell(usable.number, usable.extension, tuple(dict.fromkeys(others)))


def _parse_one(text: str, region: str | None) -> PhoneCell:
    attempts = [text]
    if text.startswith("00"):
        # Dialled from most countries, 00 stands for the plus sign.
        attempts.append("+" + text[2:])
    elif text[:1] != "+" and sum(map(str.isdigit, text)) > 10:
        # Spreadsheets drop the plus sign. Where the digits are no number of the region, it may have been there.
        attempts.append("+" + text)
    reason = ""
    for attempt in attempts:
        try:
            number = phonenumbers.parse(attempt, region)
            if attempt is not text and not phonenumbers.is_valid_number(number):
                continue
        except phonenumbers.NumberParseException as error:
            if error.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE:
                reason = reason or f"The number has no country code, or one that does not exist. {_ACCEPTED}"
            continue
        verdict = phonenumbers.is_possible_number_with_reason(number)
        if verdict == phonenumbers.ValidationResult.IS_POSSIBLE:
            formatted = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
            # Rules of transformation have been seen to make numbers that their own check refuses.
            if 4 <= len(formatted) <= 16:
                return PhoneCell(formatted, (number.extension or "")[:20])
        if verdict == phonenumbers.ValidationResult.TOO_LONG:
            reason = f"The phone number has too many digits. {_ACCEPTED}"
        else:
            reason = reason or f"The phone number has too few digits for its country. {_ACCEPTED}"
    raise ValueProblem("bad_phone", reason or f"This is not a phone number. {_ACCEPTED}")
