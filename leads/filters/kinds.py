"""The kinds of filters. Each narrows a queryset and says in words what it asks for."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import django_filters
from django import forms
from django.db.models import Q
from django.utils import timezone

from leadcrm.core import money
from leadcrm.core.formatting import day as day_in_words
from leads.filters import dates, fields
from leads.querysets import LeadQuerySet

if TYPE_CHECKING:
    from leads.filters.leads import LeadFilter

# What a chip shows: the value in the address, and its words.
Words = Iterable[tuple[str, str]]


class ListFilter(django_filters.Filter):  # type: ignore[misc]  # django-filter ships no types
    """The base: ``group`` is the heading under which the panel shows it."""

    parent: LeadFilter
    name = ""  # in the address; the filter set knows it

    def __init__(self, label: str, group: str, column: str = "", **kwargs: Any) -> None:
        self.group, self.column = group, column
        super().__init__(label=label, field_name=column or "pk", **kwargs)

    def filter(self, queryset: LeadQuerySet, value: Any) -> LeadQuerySet:
        """Narrow ``queryset``; an empty value asks for nothing."""
        if value in (None, "") or value == []:
            return queryset
        return self.apply(queryset, value)

    def apply(self, queryset: LeadQuerySet, value: Any) -> LeadQuerySet:
        raise NotImplementedError

    def words(self, value: Any) -> Words:
        """Say each value, for chips."""
        return [(str(value), str(value))]


class ChoicesFilter(ListFilter):
    """Any of several words of an enumeration."""

    field_class = fields.ManyField

    def __init__(self, label: str, group: str, column: str, choices: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        self.labels = {str(value): str(text) for value, text in choices}
        super().__init__(label, group, column, choices=list(self.labels.items()), **kwargs)

    def apply(self, queryset: LeadQuerySet, value: list[str]) -> LeadQuerySet:
        # One value is compared by equality, which leaves an index in its order.
        if len(value) == 1:
            return queryset.filter(**{self.column: value[0]})
        return queryset.filter(**{f"{self.column}__in": value})

    def words(self, value: list[str]) -> Words:
        return [(item, self.labels[item]) for item in value]


class BandsFilter(ChoicesFilter):
    """Any of several ranges of a number; ``ranges`` maps a word to its ends, both included."""

    def __init__(self, label: str, group: str, column: str, bands: dict[str, tuple[str, int, int]]) -> None:
        self.ranges = {name: (low, high) for name, (_, low, high) in bands.items()}
        super().__init__(label, group, column, [(name, text) for name, (text, _, _) in bands.items()])

    def apply(self, queryset: LeadQuerySet, value: list[str]) -> LeadQuerySet:
        wanted = Q()
        for name in value:
            low, high = self.ranges[name]
            wanted |= Q(**{f"{self.column}__gte": low, f"{self.column}__lte": high})
        return queryset.filter(wanted)


class ThingsFilter(ListFilter):
    """Any of several stages, people, teams, tags or imports."""

    field_class = fields.ThingsField

    def __init__(self, label: str, group: str, column: str, source: str, **kwargs: Any) -> None:
        self.source, self.named = source, kwargs.pop("words", {})
        super().__init__(label, group, column, **kwargs)

    @property
    def field(self) -> forms.Field:
        """Return the field, which looks ids up among what the person may see."""
        if not hasattr(self, "_field"):
            source = getattr(self.parent.names, self.source)
            self._field = self.field_class(
                lookup=source.of, words=self.named, label=self.label, required=False,
                offered=lambda: [*self.named.items(), *source.all()],
            )  # fmt: skip
        return self._field

    def apply(self, queryset: LeadQuerySet, value: list[Any]) -> LeadQuerySet:
        if len(value) == 1:
            return queryset.filter(**{self.column: value[0]})
        return queryset.filter(**{f"{self.column}__in": value})

    def words(self, value: list[Any]) -> Words:
        names = self.parent.form.fields[self.name].names
        return [(str(item), names[str(item)]) for item in value]


class OwnersFilter(ThingsFilter):
    """Any of several people, oneself, or nobody."""

    def apply(self, queryset: LeadQuerySet, value: list[Any]) -> LeadQuerySet:
        people: list[uuid.UUID] = [item for item in value if isinstance(item, uuid.UUID)]
        if "me" in value and self.parent.user.pk not in people:
            people.append(self.parent.user.pk)
        wanted = Q(assigned_to=people[0]) if len(people) == 1 else Q(assigned_to__in=people) if people else Q()
        if "unassigned" in value:
            wanted |= Q(assigned_to__isnull=True)
        return queryset.filter(wanted)


class TagsFilter(ThingsFilter):
    """Any of several tags."""

    def apply(self, queryset: LeadQuerySet, value: list[Any]) -> LeadQuerySet:
        # A sub-select, because a join would repeat a lead that has two of the tags.
        return queryset.filter(pk__in=self.parent.names.tags.leads_with(value))


class TextsFilter(ListFilter):
    """Any of several texts, as they are stored: equality keeps an index usable behind row level security."""

    field_class = fields.TextsField

    def __init__(self, label: str, group: str, column: str, longest: int) -> None:
        # The panel offers what the organisation has, in a list of this name.
        widget = fields.TextsInput(attrs={"list": f"values-{column}", "autocomplete": "off"})
        super().__init__(label, group, column, longest=longest, widget=widget)

    def apply(self, queryset: LeadQuerySet, value: list[str]) -> LeadQuerySet:
        if len(value) == 1:
            return queryset.filter(**{self.column: value[0]})
        return queryset.filter(**{f"{self.column}__in": value})

    def words(self, value: list[str]) -> Words:
        return [(item, item) for item in value]


class NumberFilter(ListFilter):
    """A bound of a number; ``lookup`` is ``gte`` or ``lte``."""

    field_class = fields.WholeNumberField

    def __init__(self, label: str, group: str, column: str, lookup: str, lowest: int, highest: int) -> None:
        self.lookup = lookup
        super().__init__(label, group, column, lowest=lowest, highest=highest)

    def apply(self, queryset: LeadQuerySet, value: int) -> LeadQuerySet:
        return queryset.filter(**{f"{self.column}__{self.lookup}": value})


class AmountFilter(ListFilter):
    """A bound of an amount, in units of the organisation's currency."""

    field_class = fields.AmountField

    def __init__(self, label: str, group: str, column: str, lookup: str) -> None:
        self.lookup = lookup
        super().__init__(label, group, column)

    def apply(self, queryset: LeadQuerySet, value: Decimal) -> LeadQuerySet:
        minor = money.to_minor(value, self.parent.currency)
        return queryset.filter(**{f"{self.column}__{self.lookup}": minor})

    def words(self, value: Decimal) -> Words:
        return [(str(value), money.show(money.to_minor(value, self.parent.currency), self.parent.currency))]


class FlagFilter(ListFilter):
    """Yes or no; ``conditions`` maps each word to what it asks for."""

    field_class = fields.ChoiceField

    def __init__(self, label: str, group: str, conditions: dict[str, Q]) -> None:
        self.conditions = conditions
        self.labels = {"yes": "Yes", "no": "No", "unknown": "Not known"}
        choices = [("", "Any"), *((word, self.labels[word]) for word in conditions)]
        super().__init__(label, group, choices=choices)

    def apply(self, queryset: LeadQuerySet, value: str) -> LeadQuerySet:
        return queryset.filter(self.conditions[value])

    def words(self, value: str) -> Words:
        return [(value, self.labels[value])]


class StretchFilter(ListFilter):
    """A named stretch of time; ``special`` maps further words to (words for people, queryset method)."""

    field_class = fields.ChoiceField

    def __init__(
        self, label: str, group: str, column: str, stretches: Iterable[tuple[str, str]], *, is_date: bool = False,
        special: dict[str, tuple[str, Callable[[LeadQuerySet], LeadQuerySet]]] | None = None,
    ) -> None:  # fmt: skip
        self.is_date, self.special = is_date, special or {}
        self.labels = {**dict(stretches), **{name: words for name, (words, _) in self.special.items()}}
        super().__init__(label, group, column, choices=[("", "Any time"), *self.labels.items()])

    def apply(self, queryset: LeadQuerySet, value: str) -> LeadQuerySet:
        if value in self.special:
            return self.special[value][1](queryset)
        first, last = dates.days_of(value, timezone.localdate())
        if self.is_date:
            return queryset.filter(**{f"{self.column}__gte": first, f"{self.column}__lte": last})
        return queryset.filter(
            **{f"{self.column}__gte": dates.start_of(first), f"{self.column}__lt": dates.end_of(last)}
        )

    def words(self, value: str) -> Words:
        return [(value, self.labels[value])]


class DayFilter(ListFilter):
    """A first or a last day, itself included."""

    field_class = fields.DayField

    def __init__(self, label: str, group: str, column: str, *, is_last: bool, is_date: bool = False) -> None:
        self.is_last, self.is_date = is_last, is_date
        super().__init__(label, group, column)

    def apply(self, queryset: LeadQuerySet, value: date) -> LeadQuerySet:
        if self.is_date:
            return queryset.filter(**{f"{self.column}__{'lte' if self.is_last else 'gte'}": value})
        if self.is_last:
            return queryset.filter(**{f"{self.column}__lt": dates.end_of(value)})
        return queryset.filter(**{f"{self.column}__gte": dates.start_of(value)})

    def words(self, value: date) -> Words:
        return [(value.isoformat(), day_in_words(value, today=timezone.localdate()))]


class AttentionFilter(ChoicesFilter):
    """Open leads that somebody should look at."""

    def __init__(self, label: str, group: str) -> None:
        choices = [
            ("any", "Anything"), ("overdue", "Next step overdue"), ("unplanned", "No next step"),
            ("idle", "Idle for long"),
        ]  # fmt: skip
        super().__init__(label, group, "", choices)

    def apply(self, queryset: LeadQuerySet, value: list[str]) -> LeadQuerySet:
        now = timezone.now()
        wanted = Q()
        if {"any", "overdue"} & set(value):
            wanted |= Q(next_follow_up_at__lt=now)
        if {"any", "unplanned"} & set(value):
            wanted |= Q(next_follow_up_at__isnull=True)
        if {"any", "idle"} & set(value):
            wanted |= Q(last_activity_at__lt=now - self.parent.idle_after)
        return queryset.open().filter(wanted)


class SearchFilter(ListFilter):
    """Words or parts of words."""

    field_class = fields.SearchField

    def apply(self, queryset: LeadQuerySet, value: str) -> LeadQuerySet:
        return queryset.found_by(value, user=self.parent.user, limit=self.parent.most_found)
