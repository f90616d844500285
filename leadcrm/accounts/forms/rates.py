"""A form over any table of whole numbers: plain entries, and groups of entries by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from leadcrm.audit.settings import RateSpec

NEW_ROWS = 3
OTHERS = "*"


def words_of(key: str) -> str:
    """Return an entry's key as people read it."""
    return "Any other" if key == OTHERS else key.replace("_", " ").capitalize()


class RatesForm(forms.Form):
    """Fields ``p__<entry>`` for plain entries, ``g__<group>__<entry>`` for those of groups.

    Groups named in the spec's ``open_groups`` can lose entries (an empty field) and take new ones. ``version``
    is the one the person saw; the view compares it, so that nobody's table is silently overwritten.
    """

    # An empty field takes its entry out, so no browser may insist on it.
    use_required_attribute = False
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, spec: RateSpec, values: Mapping[str, Any], version: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.spec, self.table = spec, values
        self.fields["version"].initial = version
        for key, value in values.items():
            if isinstance(value, Mapping):
                for entry, number in value.items():
                    is_open = key in spec.open_groups and entry != OTHERS
                    self.fields[f"g__{key}__{entry}"] = _number(words_of(entry), number, required=not is_open)
            else:
                self.fields[f"p__{key}"] = _number(spec.labels.get(key) or words_of(key), value)
        for group in spec.open_groups:
            for row in range(NEW_ROWS):
                self.fields[f"n__{group}__{row}"] = forms.CharField(
                    required=False, max_length=60, label=f"Another one ({row + 1})"
                )
                self.fields[f"v__{group}__{row}"] = _number(f"Its points ({row + 1})", None, required=False)

    def plain(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("p__")]

    def groups(self) -> list[dict[str, Any]]:
        """Return each group with its title, its fields, and the pairs of fields for new entries."""
        return [
            {
                "title": self.spec.labels.get(key) or words_of(key),
                "fields": [self[f"g__{key}__{entry}"] for entry in value],
                "new": [
                    (self[f"n__{key}__{row}"], self[f"v__{key}__{row}"])
                    for row in range(NEW_ROWS if key in self.spec.open_groups else 0)
                ],
            }
            for key, value in self.table.items()
            if isinstance(value, Mapping)
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for group in self.spec.open_groups:
            for row in range(NEW_ROWS):
                name, number = data.get(f"n__{group}__{row}"), data.get(f"v__{group}__{row}")
                if name and number is None and f"v__{group}__{row}" not in self.errors:
                    self.add_error(f"v__{group}__{row}", "How many points?")
                if number is not None and not name:
                    self.add_error(f"n__{group}__{row}", "What are these points for?")
        return data

    def values(self) -> dict[str, Any]:
        """Return the table as it was entered, in the shape of the one it came from."""
        result: dict[str, Any] = {}
        for key, value in self.table.items():
            if not isinstance(value, Mapping):
                result[key] = self.cleaned_data[f"p__{key}"]
                continue
            entries = {entry: self.cleaned_data[f"g__{key}__{entry}"] for entry in value}
            if key in self.spec.open_groups:
                for row in range(NEW_ROWS):
                    name = self.spec.normalise(self.cleaned_data[f"n__{key}__{row}"])
                    if name:
                        entries[name] = self.cleaned_data[f"v__{key}__{row}"]
            result[key] = {entry: number for entry, number in entries.items() if number is not None}
        return result


class PointsField(forms.IntegerField):
    """Points that may be missing. It does not call itself optional, because nearly every entry has some."""

    def validate(self, value: int | None) -> None:
        """Accept that there is none."""


def _number(label: str, value: int | None, *, required: bool = True) -> forms.IntegerField:
    kind = forms.IntegerField if required else PointsField
    return kind(label=label, initial=value, min_value=-1000, max_value=1000)
