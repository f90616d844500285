"""Texts as strangers type them: on one line or several, without signs that hide or turn what follows."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from leadcrm.core.forms import UncutField

# Control characters that are no line breaks, marks that turn the direction of text, spaces without width, halves of
# surrogate pairs.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


class LineField(UncutField):
    """One line."""

    def to_python(self, value: Any) -> str:
        text = (super().to_python(value) or "").replace("\r\n", "\n")
        return " ".join(unicodedata.normalize("NFC", _INVISIBLE.sub("", text)).split())


class BlockField(LineField):
    """Text with line breaks."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> str:
        text = (forms.CharField.to_python(self, value) or "").replace("\r\n", "\n").replace("\r", "\n")
        lines = (" ".join(line.split()) for line in _INVISIBLE.sub("", text).split("\n"))
        return re.sub(r"\n{3,}", "\n\n", unicodedata.normalize("NFC", "\n".join(lines)).strip())


class AddressField(LineField):
    """One e-mail address, in lower case."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.EmailInput(attrs={"autocomplete": "email"})
        super().__init__(widget=widget, max_length=254, **kwargs)

    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        if text:
            try:
                validate_email(text)
            except ValidationError:
                raise ValidationError("Enter an e-mail address such as name@example.com.", code="invalid") from None
        return text.lower()
