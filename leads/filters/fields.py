"""Form fields that keep what is good in an address and name what is not, so that a stale link still works."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError

MOST_VALUES = 50
FIRST_YEAR, LAST_YEAR = 1900, 2200
LEFT_OUT = "; it was left out."

# Returns the names of those ids that exist for the person.
Lookup = Callable[[list[uuid.UUID]], Mapping[uuid.UUID, str]]
Options = Callable[[], Iterable[tuple[str, str]]]


class ManyField(forms.MultipleChoiceField):
    """Several values of one filter. ``refused`` lists sentences, without their subject, about values left out."""

    widget: type[forms.Widget] = forms.CheckboxSelectMultiple

    def __init__(self, *, offered: Options | None = None, **kwargs: Any) -> None:
        self.refused: list[str] = []
        # Asked for only when the field is drawn: a page that merely applies filters pays nothing.
        super().__init__(choices=offered or kwargs.pop("choices", ()), **kwargs)

    def clean(self, value: Any) -> list[Any]:
        """Return the values that mean something, each once, in the order of the address."""
        values = list(dict.fromkeys(str(item).strip() for item in self.to_python(value)))
        if len(values) > MOST_VALUES:
            self.refused.append(f"has more than {MOST_VALUES} values; only the first {MOST_VALUES} count.")
            values = values[:MOST_VALUES]
        return self.keep([item for item in values if item])

    def keep(self, values: list[str]) -> list[Any]:
        """Return the values that are among the choices."""
        known = {str(choice) for choice, _ in cast(Iterable[tuple[str, str]], self.choices)}
        return self.sort_out(values, [item for item in values if item in known])

    def sort_out(self, values: list[str], kept: list[Any]) -> list[Any]:
        """Note what was given but not kept."""
        left = {str(item) for item in kept}
        self.refused += [f"has no choice “{short(item)}”{LEFT_OUT}" for item in values if item not in left]
        return kept


class ThingsField(ManyField):
    """Things of the organisation by id. An id of another organisation is like one that never was.

    ``words`` are values that are no ids, such as ``me``.
    """

    def __init__(self, *, lookup: Lookup, words: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        self.lookup, self.words = lookup, words or {}
        self.names: dict[str, str] = {}
        super().__init__(**kwargs)

    def keep(self, values: list[str]) -> list[Any]:
        """Return the words and the ids that exist."""
        ids = {item: found for item in values if (found := as_uuid(item)) is not None}
        names = self.lookup(list(ids.values())) if ids else {}
        self.names = {str(pk): name for pk, name in names.items()} | dict(self.words)
        kept: list[Any] = [item for item in values if item in self.words]
        kept += [pk for pk in dict.fromkeys(ids.values()) if pk in names]
        good = set(kept)
        self.refused += [
            f"has something that is not there (any more){LEFT_OUT}"
            for item in values
            if item not in good and ids.get(item) not in good
        ][:1]
        return kept


class TextsInput(forms.TextInput):
    """An input for each value, and one more; they share their name, as the parameters of an address do."""

    template_name = "leads/widgets/texts.html"

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:  # noqa: ARG002 — Django's signature
        """Return every value of the parameter."""
        found: list[str] = data.getlist(name) if hasattr(data, "getlist") else data.get(name, [])
        return found

    def format_value(self, value: Any) -> Any:
        """Return the values that are there."""
        return [str(item) for item in value or [] if str(item).strip()]


class TextsField(ManyField):
    """Values as they are stored; any text is one."""

    widget = TextsInput

    def __init__(self, *, longest: int, **kwargs: Any) -> None:
        self.longest = longest
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> list[str]:
        """Return the texts, whether one input or several parameters hold them."""
        return [str(item) for item in value] if isinstance(value, list | tuple) else [str(value or "")]

    def keep(self, values: list[str]) -> list[Any]:
        """Return the texts that can be stored at all."""
        return self.sort_out(values, [item for item in values if len(item) <= self.longest])


class SearchField(forms.CharField):
    """Words to look for; beyond ``longest`` letters they are cut."""

    widget = forms.TextInput(attrs={"type": "search"})

    def __init__(self, *, longest: int, **kwargs: Any) -> None:
        self.longest = longest
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str:
        """Return the words with single spaces between them."""
        return " ".join(str(super().to_python(value) or "").split())[: self.longest].strip()


class ChoiceField(forms.ChoiceField):
    """One of a few words."""

    widget = forms.Select

    def validate(self, value: Any) -> None:
        """Refuse a word that is not among the choices.

        Raises: ValidationError.
        """
        if value and not self.valid_value(value):
            raise ValidationError(f"has no choice “{short(str(value))}”")


class DayField(forms.DateField):
    """A day of this or a neighbouring century: others break time zones."""

    widget = forms.DateInput(attrs={"type": "date"})
    default_error_messages = {"invalid": "is not a date such as 2026-11-20"}

    def to_python(self, value: Any) -> date | None:
        """Return the day.

        Raises: ValidationError.
        """
        day = super().to_python(value)
        if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise ValidationError(f"must be between {FIRST_YEAR} and {LAST_YEAR}")
        return day


class WholeNumberField(forms.IntegerField):
    """A whole number in a range."""

    def __init__(self, *, lowest: int, highest: int, **kwargs: Any) -> None:
        message = f"must be a whole number from {lowest} to {highest}"
        super().__init__(
            min_value=lowest, max_value=highest,
            error_messages={"invalid": message, "min_value": message, "max_value": message}, **kwargs,
        )  # fmt: skip


class AmountField(forms.DecimalField):
    """An amount in whole currency units."""

    def __init__(self, **kwargs: Any) -> None:
        message = "must be an amount such as 50000"
        errors = dict.fromkeys(
            ("invalid", "min_value", "max_value", "max_digits", "max_decimal_places", "max_whole_digits"), message
        )
        super().__init__(min_value=0, max_digits=15, decimal_places=3, error_messages=errors, **kwargs)


def as_uuid(text: str) -> uuid.UUID | None:
    """Return the id that ``text`` is, or None."""
    try:
        return uuid.UUID(text) if len(text) == 36 else None
    except ValueError:
        return None


def short(text: str) -> str:
    """Return a text for a sentence, cut where it gets long."""
    return text if len(text) <= 40 else text[:39] + "…"
