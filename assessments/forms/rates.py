"""The tables of rates as administrators edit them: every number of a table is a field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms

from assessments.forms.numbers import NumberField
from assessments.forms.texts import BlockField
from assessments.rules import tables
from assessments.services.estimates import WORDS
from leads.choices import ServiceTier

TIER_LABELS = {tier.label[:2]: tier.label for tier in ServiceTier}
MOST_MONEY = int(tables.MOST_MONEY)


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that belong together."""

    title: str
    fields: list[forms.BoundField]


class RatesForm(forms.Form):
    """``version`` is the one that the person saw, so that nobody's table is silently overwritten."""

    use_required_attribute = False

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, values: Mapping[str, Any], version: int, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.table, self.currency = values, currency
        self.fields["version"].initial = version
        self.sections: list[tuple[str, list[str]]] = []
        self.build()

    def build(self) -> None:
        """Add the fields of the table."""
        raise NotImplementedError

    def values(self) -> dict[str, Any]:
        """Return the table as it was entered."""
        raise NotImplementedError

    def groups(self) -> list[Group]:
        return [Group(title, [self[name] for name in names]) for title, names in self.sections]

    def _money(self, name: str, label: str, value: Any) -> None:
        self.fields[name] = NumberField(
            label=f"{label} in {self.currency}", low=0, high=MOST_MONEY, decimals=2, initial=value
        )

    def _plain(self, name: str) -> int | str:
        return tables.plain(self.cleaned_data[name])


class RoiRatesForm(RatesForm):
    def build(self) -> None:
        for tier in tables.TIERS:
            rate, names = self.table[tier], [f"{tier}__{name}" for name in ("recovery_percent", "base", "per_employee")]
            self.fields[names[0]] = NumberField(
                label="Recovers of the time lost, in percent", low=0, high=100, decimals=2, prefers_groups=False,
                initial=rate["recovery_percent"],
            )  # fmt: skip
            self._money(names[1], "Set-up", rate["base"])
            self._money(names[2], "Set-up per employee", rate["per_employee"])
            self.sections.append((TIER_LABELS[tier], names))

    def values(self) -> dict[str, Any]:
        return {
            tier: {name: self._plain(f"{tier}__{name}") for name in ("recovery_percent", "base", "per_employee")}
            for tier in tables.TIERS
        }


class EstimateRatesForm(RatesForm):
    EFFORTS = (("types", "Project type"), ("services", "Service"))
    FACTORS = (("complexities", "Complexity"), ("timelines", "Timeline"))

    def build(self) -> None:
        for group, noun in self.EFFORTS:
            for key, effort in self.table[group].items():
                names = [f"{group}__{key}__{name}" for name in ("cost", "weeks", "deliverables")]
                self._money(names[0], "Cost", effort["cost"])
                self.fields[names[1]] = NumberField(
                    label="Weeks", low=0, high=tables.MOST_WEEKS, initial=effort["weeks"]
                )
                self.fields[names[2]] = BlockField(
                    label="What the customer gets", required=False, max_length=6_000,
                    initial="\n".join(effort["deliverables"]), help_text="One on each line.",
                    widget=forms.Textarea(attrs={"rows": 4}),
                )  # fmt: skip
                self.sections.append((f"{noun}: {WORDS[key]}", names))
        for group, noun in self.FACTORS:
            names = []
            for key, factor in self.table[group].items():
                for name, words in (("cost", "cost"), ("weeks", "weeks")):
                    names.append(f"{group}__{key}__{name}")
                    self.fields[names[-1]] = NumberField(
                        label=f"{WORDS[key]}: times the {words}", low="0.01", high=int(tables.MOST_FACTOR), decimals=2,
                        prefers_groups=False, initial=factor[name],
                    )  # fmt: skip
            self.sections.append((noun, names))

    def values(self) -> dict[str, Any]:
        table: dict[str, Any] = {}
        for group, _ in self.EFFORTS:
            table[group] = {
                key: {
                    "cost": self._plain(f"{group}__{key}__cost"),
                    "weeks": int(self.cleaned_data[f"{group}__{key}__weeks"]),
                    "deliverables": [
                        line for line in self.cleaned_data[f"{group}__{key}__deliverables"].split("\n") if line
                    ],
                }
                for key in self.table[group]
            }
        for group, _ in self.FACTORS:
            table[group] = {
                key: {name: self._plain(f"{group}__{key}__{name}") for name in ("cost", "weeks")}
                for key in self.table[group]
            }
        return table
