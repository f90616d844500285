"""Form fields that read what people type the way an import reads a cell: one normaliser for both doors."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from leadcrm.core import money
from leadcrm.core.forms import UncutField
from leads.importing.problems import ValueProblem
from leads.importing.values.amounts import parse_money
from leads.importing.values.countries import find_country
from leads.importing.values.emails import parse_email
from leads.importing.values.links import parse_link
from leads.importing.values.numbers import DecimalMark, parse_integer, parse_rating
from leads.importing.values.phones import parse_phone
from leads.importing.values.sizes import parse_company_size
from leads.importing.values.text import clean_block, clean_line

YES_NO = (("", "Not known"), ("yes", "Yes"), ("no", "No"))
FURTHEST_DAY = timedelta(days=50 * 366)
# What an unreadable number may consist of; anything else in a phone field is a mistake.
PHONE_SIGNS = frozenset("+0123456789 ()-./x#,;*")


class LineField(UncutField):
    """One line, without invisible signs."""

    def to_python(self, value: Any) -> str:
        return clean_line(super().to_python(value) or "")


class BlockField(LineField):
    """Text with line breaks."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> str:
        return clean_block(forms.CharField.to_python(self, value) or "")


class ReadField(LineField):
    """A line that a function reads; its complaint becomes the field's error."""

    def __init__(self, *, read: Callable[[str], str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.read = read

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text:
            return ""
        try:
            read = self.read(text)
        except ValueProblem as problem:
            raise ValidationError(problem.message, code=problem.code) from None
        self.run_validators(read)
        return read


def email_field(**kwargs: Any) -> ReadField:
    """Return a field for one e-mail address."""
    widget = forms.EmailInput(attrs={"autocomplete": "off"})
    return ReadField(read=lambda text: parse_email(text).address, widget=widget, **kwargs)


def link_field(**kwargs: Any) -> ReadField:
    """Return a field for a web address; a scheme is added, other schemes than http are refused."""
    return ReadField(read=lambda text: parse_link(text, limit=kwargs["max_length"]), **kwargs)


def size_field(**kwargs: Any) -> ReadField:
    """Return a field for a company's size; what is no band stays as it was typed and counts nothing."""
    return ReadField(read=lambda text: parse_company_size(text).stored, **kwargs)


def country_field(**kwargs: Any) -> ReadField:
    """Return a field for a country; codes and other spellings become the usual name, free text stays."""
    return ReadField(read=lambda text: found.name if (found := find_country(text)) else text, **kwargs)


class PhoneField(LineField):
    """A phone number in international form.

    A number with an impossible count of digits is kept as it was typed, because a wrong number on file is
    better than a lead that cannot be saved; ``warning`` says so. Letters and the like are refused.
    """

    def __init__(self, *, region: str, **kwargs: Any) -> None:
        super().__init__(widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}), **kwargs)
        self.region = region
        self.warning = ""

    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        self.warning = ""
        if not text:
            return ""
        try:
            number: str = parse_phone(text, region=self.region).number
        except ValueProblem as problem:
            if set(text) <= PHONE_SIGNS and sum(sign.isdigit() for sign in text) >= 3:
                self.warning = f"The phone number was kept as it was typed. {problem.message}"
                return text
            raise ValidationError(problem.message, code=problem.code) from None
        return number


class AmountField(forms.CharField):
    """An amount in major units, as people write it. The form turns it into minor units of its currency."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}), **kwargs)

    def minor(self, text: str, currency: str) -> tuple[int | None, str]:
        """Return the minor units, and the currency, which the text may name itself.

        Raises: ValidationError.
        """
        if not text.strip():
            return None, currency
        # Three decimals are decimals where a currency has three; elsewhere they are a group of digits.
        mark = DecimalMark.POINT if money.exponent(currency) == 3 else DecimalMark.UNKNOWN
        try:
            amount = parse_money(text, currency=currency, mark=mark)
        except ValueProblem as problem:
            raise ValidationError(problem.message, code=problem.code) from None
        if amount.currency not in money.CURRENCIES:
            raise ValidationError(f"leadcrm does not know the currency {amount.currency}.", code="bad_currency")
        return amount.minor, amount.currency


class YesNoField(forms.TypedChoiceField):
    """Yes, no, or not known."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=YES_NO, coerce=lambda value: value == "yes", empty_value=None, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value


class DayField(forms.DateField):
    """A day within fifty years, picked from the browser's calendar."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **kwargs)

    def clean(self, value: Any) -> date | None:
        day: date | None = super().clean(value)
        if day is not None and abs(day - timezone.localdate()) > FURTHEST_DAY:
            raise ValidationError("Choose a day within fifty years of today.", code="date_out_of_range")
        return day


class NumberField(LineField):
    """A number that may be missing."""

    def __init__(self, *, low: int, high: int, is_rating: bool = False, **kwargs: Any) -> None:
        super().__init__(widget=forms.TextInput(attrs={"inputmode": "decimal"}), **kwargs)
        self.low, self.high, self.is_rating = low, high, is_rating

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            if self.is_rating:
                return parse_rating(text, low=self.low, high=self.high)
            return parse_integer(text, low=self.low, high=self.high)
        except ValueProblem as problem:
            raise ValidationError(problem.message, code=problem.code) from None
