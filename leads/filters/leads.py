"""Every filter of leads, read from an address."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import django_filters
from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone

from leadcrm.audit import settings
from leads import choices
from leads.filters import dates, kinds
from leads.filters.custom import PREFIX, CustomFilter
from leads.filters.fields import LEFT_OUT
from leads.filters.kinds import ListFilter
from leads.models import Lead
from leads.names import Names, custom_fields_in_use
from leads.querysets import LeadQuerySet

if TYPE_CHECKING:
    from leadcrm.accounts.models import User

LONGEST_QUERY = 200
LONGEST_VALUE = 500
WHO, WHAT, PIPELINE, TIME, WORTH, ORIGIN = "Who", "What", "Pipeline", "Time", "Worth", "Origin and reach"
# The bands of the score pill.
BANDS = {"hot": ("Hot (70 and more)", 70, 100), "warm": ("Warm (40 to 69)", 40, 69), "cold": ("Cold (below 40)", 0, 39)}


@dataclass(frozen=True)
class Chip:
    """A filter in force, in words; ``query`` is the address without it."""

    name: str
    label: str
    words: str
    query: str


def _days(label: str, column: str, *, is_date: bool = False) -> tuple[kinds.DayFilter, kinds.DayFilter]:
    return (
        kinds.DayFilter(f"{label} from", TIME, column, is_last=False, is_date=is_date),
        kinds.DayFilter(f"{label} until", TIME, column, is_last=True, is_date=is_date),
    )


class LeadFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter ships no types
    """The filters of an address, applied to ``queryset`` as ``user`` may.

    ``qs`` is the narrowed queryset; what cannot be read is left out of it and named in ``problems``. Only the
    filters that the address mentions are built, unless ``whole`` asks for the form of a panel. A search
    finds the ``most_found`` best matches. ``kept`` are parameters of the page, such as its order, that the
    addresses of chips carry on.
    """

    q = kinds.SearchFilter("Search", "", longest=LONGEST_QUERY)

    status = kinds.ChoicesFilter("Status", PIPELINE, "status", choices.LeadStatus.choices)
    stage = kinds.ThingsFilter("Stage", PIPELINE, "stage", "stages")
    owner = kinds.OwnersFilter("Owner", PIPELINE, "assigned_to", "people", words={"me": "Me", "unassigned": "Nobody"})
    team = kinds.ThingsFilter("Team", PIPELINE, "team", "teams")
    attention = kinds.AttentionFilter("Needs attention", PIPELINE)
    tag = kinds.TagsFilter("Tag", PIPELINE, "", "tags")

    score_band = kinds.BandsFilter("Score", WORTH, "score", BANDS)
    score_min = kinds.NumberFilter("Score from", WORTH, "score", "gte", 0, 100)
    score_max = kinds.NumberFilter("Score up to", WORTH, "score", "lte", 0, 100)
    value_min = kinds.AmountFilter("Value from", WORTH, "predicted_value_minor", "gte")
    value_max = kinds.AmountFilter("Value up to", WORTH, "predicted_value_minor", "lte")
    engagement = kinds.ChoicesFilter("Engagement", WORTH, "engagement_level", choices.EngagementLevel.choices)
    booking_potential = kinds.ChoicesFilter(
        "Booking potential", WORTH, "booking_potential", choices.BookingPotential.choices
    )

    next_step = kinds.StretchFilter(
        "Next step", TIME, "next_follow_up_at", dates.COMING,
        special={
            "overdue": ("Overdue", lambda leads: leads.overdue(timezone.now())),
            "planned": ("Planned", lambda leads: leads.filter(next_follow_up_at__isnull=False)),
            "none": ("None planned", LeadQuerySet.without_next_step),
        },
    )  # fmt: skip
    next_step_from, next_step_to = _days("Next step", "next_follow_up_at")
    created = kinds.StretchFilter("Created", TIME, "created_at", dates.PAST)
    created_from, created_to = _days("Created", "created_at")
    updated = kinds.StretchFilter("Changed", TIME, "updated_at", dates.PAST)
    updated_from, updated_to = _days("Changed", "updated_at")
    contacted = kinds.StretchFilter(
        "Last contacted", TIME, "last_contacted_at", dates.PAST,
        special={"never": ("Never", lambda leads: leads.filter(last_contacted_at__isnull=True))},
    )  # fmt: skip
    contacted_from, contacted_to = _days("Last contacted", "last_contacted_at")
    close = kinds.StretchFilter(
        "Expected close", TIME, "expected_close_on", dates.COMING, is_date=True,
        special={
            "overdue": ("In the past", lambda leads: leads.open().filter(expected_close_on__lt=timezone.localdate())),
            "none": ("Not known", lambda leads: leads.filter(expected_close_on__isnull=True)),
        },
    )  # fmt: skip
    close_from, close_to = _days("Expected close", "expected_close_on", is_date=True)

    has_email = kinds.FlagFilter("Has an e-mail address", WHO, {"yes": ~Q(email=""), "no": Q(email="")})
    has_phone = kinds.FlagFilter("Has a phone number", WHO, {"yes": ~Q(phone=""), "no": Q(phone="")})
    decision_maker = kinds.FlagFilter(
        "Decision maker", WHO,
        {"yes": Q(is_decision_maker=True), "no": Q(is_decision_maker=False), "unknown": Q(is_decision_maker=None)},
    )  # fmt: skip
    verification = kinds.ChoicesFilter("Verification", WHO, "verification_status", choices.VerificationStatus.choices)
    do_not_contact = kinds.FlagFilter(
        "Do not contact", WHO, {"yes": Q(do_not_contact=True), "no": Q(do_not_contact=False)}
    )

    country = kinds.TextsFilter("Country", WHAT, "country", longest=100)
    city = kinds.TextsFilter("City", WHAT, "city", longest=100)
    industry = kinds.TextsFilter("Industry", WHAT, "industry", longest=100)
    company_size = kinds.ChoicesFilter("Company size", WHAT, "company_size", choices.CompanySize.choices)
    tier = kinds.ChoicesFilter("Service tier", WHAT, "service_tier", choices.ServiceTier.choices)

    source = kinds.ChoicesFilter("Source", ORIGIN, "source", choices.LeadSource.choices)
    batch = kinds.ThingsFilter("Import", ORIGIN, "batch", "batches")
    outreach = kinds.ChoicesFilter("Outreach", ORIGIN, "outreach_status", choices.OutreachStatus.choices)

    class Meta:
        model = Lead
        fields: tuple[str, ...] = ()

    def __init__(
        self, data: Mapping[str, Any] | QueryDict | str | None, queryset: LeadQuerySet, *, user: User,
        whole: bool = False, most_found: int = 500, kept: Iterable[tuple[str, str]] = (),
    ) -> None:  # fmt: skip
        self.user, self.names, self.most_found = user, Names(user), most_found
        self.problems: list[str] = []
        self.kept = list(kept)
        given = self._readable(data)
        custom = self._custom(given, whole=whole)
        # The constructor below copies what it finds here.
        self.base_filters = {
            name: item for name, item in {**self._declared(), **custom}.items() if whole or name in given
        }
        super().__init__(given, queryset)
        for name, item in self.filters.items():
            item.name = name

    # --- what the address asks for ------------------------------------------------------------

    @cached_property
    def applied(self) -> dict[str, Any]:
        """Return the filters that mean something, by name, with their cleaned values."""
        for name, messages in self.form.errors.items():
            self.problems += [f"{self.filters[name].label} {message}{LEFT_OUT}" for message in messages]
        for name, field in self.form.fields.items():
            self.problems += [f"{self.filters[name].label} {text}" for text in refused_by(field)]
        return {
            name: value for name, value in self.form.cleaned_data.items() if value not in (None, "") and value != []
        }

    @property
    def qs(self) -> LeadQuerySet:
        """Return the leads that every filter lets through."""
        return self._narrow(self.applied)

    @property
    def qs_without_search(self) -> LeadQuerySet:
        """Return what ``qs`` does, with the words to look for left out."""
        return self._narrow({name: value for name, value in self.applied.items() if name != "q"})

    @property
    def words(self) -> str:
        """Return what to search for."""
        return str(self.applied.get("q", ""))

    @property
    def is_filtered(self) -> bool:
        """Tell whether anything narrows the list."""
        return bool(self.applied)

    @cached_property
    def pairs(self) -> list[tuple[str, str]]:
        """Return the filters in force as they stand in an address, in a fixed order."""
        return [(name, raw) for name, value in self.applied.items() for raw, _ in self.filters[name].words(value)]

    @property
    def query(self) -> str:
        """Return the address of these filters, for an export or a link to another view."""
        return urlencode(self.pairs)

    @cached_property
    def chips(self) -> list[Chip]:
        """Return one chip for each value of each filter in force."""
        return list(self._chips())

    def _chips(self) -> Iterator[Chip]:
        for name, value in self.applied.items():
            for raw, words in self.filters[name].words(value):
                others = [pair for pair in self.pairs if pair != (name, raw)]
                yield Chip(name, self.filters[name].label, words, "?" + urlencode([*others, *self.kept]))

    def _narrow(self, applied: Mapping[str, Any]) -> LeadQuerySet:
        queryset: LeadQuerySet = self.queryset.all()
        for name, value in applied.items():
            queryset = self.filters[name].filter(queryset, value)
        return queryset

    # --- what the filters need to know --------------------------------------------------------

    @property
    def currency(self) -> str:
        """Return the currency in which amounts are asked for."""
        return self.user.organization.currency if self.user.organization else "INR"

    @property
    def idle_after(self) -> timedelta:
        """Return how long a lead may lie untouched."""
        return timedelta(days=int(settings.get("leads.idle_days")))

    # --- reading the address ------------------------------------------------------------------

    @classmethod
    def _declared(cls) -> dict[str, ListFilter]:
        filters: dict[str, ListFilter] = cls.declared_filters
        return filters

    def _readable(self, data: Mapping[str, Any] | QueryDict | str | None) -> QueryDict:
        """Return the filters of the address, without values that no filter could mean."""
        declared = self._declared()
        source = QueryDict(data) if isinstance(data, str) else data or QueryDict()
        readable = QueryDict(mutable=True)
        for name in source:
            if name not in declared and not name.startswith(PREFIX):
                continue
            values = source.getlist(name) if isinstance(source, QueryDict) else _listed(source[name])
            texts = [str(value) for value in values]
            kept = [text for text in texts if len(text) <= LONGEST_VALUE and "\0" not in text]
            if len(kept) < len(texts):
                label = declared[name].label if name in declared else "A filter"
                self.problems.append(f"{label} has a value that cannot be read{LEFT_OUT}")
            if any(text.strip() for text in kept):
                readable.setlist(name, kept)
        return readable

    def _custom(self, given: QueryDict, *, whole: bool) -> dict[str, CustomFilter]:
        mentioned = [name for name in given if name.startswith(PREFIX)]
        if not mentioned and not whole:
            return {}
        filters = {PREFIX + field.key: CustomFilter(field) for field in custom_fields_in_use()}
        for name in mentioned:
            if name not in filters:
                self.problems.append(f"There is no own field “{name[len(PREFIX) :][:40]}”{LEFT_OUT}")
                del given[name]
        return filters


def refused_by(field: Any) -> list[str]:
    """Return the sentences about values that a field left out."""
    refused: list[str] = getattr(field, "refused", [])
    return refused


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]
