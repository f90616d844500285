"""Numbers as people type them: with grouping, with a comma or a point, with a currency sign or a percent sign."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

LONGEST = 40
_AROUND = re.compile(r"^(?:[^\W\d_]{1,3}\.?)?\s*[₹€$£¥]?\s*|\s*[%₹€$£¥]?$")
_SPACES = re.compile(r"[\s'\u2019_]")
_SHAPE = re.compile(r"[+-]?(?:\d[\d.,]*|[.,]\d+)")


def read_number(text: str, *, prefers_groups: bool) -> Decimal | None:
    """Return the number, None when there is none.

    The last of two different marks is the decimal one. A single mark before exactly three digits groups them where
    ``prefers_groups`` says that such an amount is likelier.
    """
    text = _AROUND.sub("", _digits(text.strip()).replace("\u2212", "-"))
    text = _SPACES.sub("", text)
    if not _SHAPE.fullmatch(text):
        return None
    marks = [sign for sign in text if sign in ".,"]
    if not marks:
        return Decimal(text)
    last = marks[-1]
    if len(set(marks)) == 2:
        whole, _, rest = text.rpartition(last)
        if last in whole:
            return None
        return Decimal(f"{whole.replace('.', '').replace(',', '')}.{rest or '0'}")
    whole, _, rest = text.rpartition(last)
    is_group = len(marks) > 1 or (prefers_groups and len(rest) == 3 and whole.lstrip("+-") not in {"", "0"})
    if is_group:
        return Decimal(text.replace(last, ""))
    return Decimal(f"{whole or '0'}.{rest or '0'}") if whole not in {"+", "-"} else Decimal(f"{whole}0.{rest}")


def _digits(text: str) -> str:
    """Return ``text`` with the digits of every script as 0-9."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in text)


class NumberField(forms.CharField):
    """A number in a range. It is a text field, because a browser's number field loses what it cannot read."""

    def __init__(
        self,
        *,
        low: int | str,
        high: int,
        decimals: int = 0,
        prefers_groups: bool = True,
        unit: str = "",
        **kwargs: Any,
    ) -> None:
        self.low, self.high, self.decimals, self.prefers_groups = Decimal(low), Decimal(high), decimals, prefers_groups
        mode = "decimal" if decimals else "numeric"
        widget = forms.TextInput(attrs={"inputmode": mode, "autocomplete": "off", "data-exact": "", "size": 12})
        super().__init__(widget=widget, **kwargs)
        self.unit = unit

    def clean(self, value: Any) -> Any:
        """Return a decimal, or None for nothing.

        Raises: ValidationError in words that say what is accepted.
        """
        text = str(value or "").strip()
        if not text:
            if self.required:
                raise ValidationError("Enter a number.", code="required")
            return None
        if len(text) > LONGEST:
            raise ValidationError(f"This is too long for a number: {len(text):,} characters.", code="too_long")
        number = read_number(text, prefers_groups=self.prefers_groups)
        if number is None:
            raise ValidationError(
                "This is not a number. Digits such as 1,200 or 45.5 are accepted.", code="not_a_number"
            )
        if not self.low <= number <= self.high:
            raise ValidationError(f"Enter a number from {self.low:,} to {self.high:,}.", code="out_of_range")
        if number != round(number, self.decimals):
            words = f"at most {self.decimals} decimals" if self.decimals else "a whole number"
            raise ValidationError(f"Enter {words}.", code="decimals")
        return number
