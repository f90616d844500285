"""Forms of the import: the upload, how the file is read, what its columns become, and the rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from leads.importing.encodings import ENCODINGS
from leads.importing.fields import TARGETS
from leads.importing.layout import Quoting
from leads.importing.mapping import CUSTOM
from leads.importing.values import DateOrder
from leads.models import CustomField, LeadBatch
from leads.services.importing.mappings import IGNORE, NEW, Column

DELIMITERS = [(",", "Comma"), (";", "Semicolon"), ("\t", "Tab"), ("|", "Vertical bar")]
QUOTINGS = [
    (Quoting.DOUBLED.value, "Doubled quotation marks (usual)"),
    (Quoting.BACKSLASH.value, "Backslash before quotation marks"),
    (Quoting.NONE.value, "No quotation marks"),
]
DATE_ORDERS = [
    ("", "As found in each column"),
    (DateOrder.DAY_FIRST.value, "Day first: 31/12/2026"),
    (DateOrder.MONTH_FIRST.value, "Month first: 12/31/2026"),
]
# Beyond this, a page of choices for every column would be too large to be of use.
FULL_CHOICE_COLUMNS = 80


class UploadForm(forms.Form):
    refused_as = "Not taken in"

    file = forms.FileField(
        label="File",
        help_text="CSV, TSV or Excel (.xlsx). The first row should hold the names of the columns.",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx,.xlsm,text/csv"}),
    )
    name = forms.CharField(
        max_length=255, required=False, label="Name of this import",
        help_text="To find it again later. Without one it is called like the file.",
    )  # fmt: skip


class LayoutForm(forms.Form):
    """How the file is split into rows and cells; each point starts with what was found."""

    sheet = forms.ChoiceField(required=False)
    encoding = forms.ChoiceField(label="Character encoding", help_text="Change it when letters look wrong.")
    delimiter = forms.ChoiceField(label="Cells are separated by")
    quoting = forms.ChoiceField(label="Quotation marks", choices=QUOTINGS)
    header_row = forms.IntegerField(
        min_value=0, max_value=1000, label="Row with the column names", help_text="0 when there is none."
    )
    pad_short_rows = forms.BooleanField(
        required=False, label="Accept rows that are too short",
        help_text="The missing cells count as empty. Otherwise such rows are refused, because cells may be shifted.",
    )  # fmt: skip

    def __init__(self, *args: Any, batch: LeadBatch, **kwargs: Any) -> None:
        layout = batch.shape.get("layout", {})
        kwargs.setdefault("initial", {**layout, "sheet": batch.shape.get("sheet", "")})
        super().__init__(*args, **kwargs)
        self.is_workbook = batch.shape["kind"] == "workbook"
        if self.is_workbook:
            for name in ("encoding", "delimiter", "quoting", "pad_short_rows"):
                del self.fields[name]
            self._choices("sheet", [(sheet["name"], _sheet_label(sheet)) for sheet in batch.shape["sheets"]])
        else:
            del self.fields["sheet"]
            self._choices("encoding", _with(list(ENCODINGS), str(layout.get("encoding", "utf-8"))))
            self._choices("delimiter", _with(DELIMITERS, str(layout.get("delimiter", ","))))

    def _choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    @property
    def choice(self) -> dict[str, Any]:
        """Return what was chosen, as the reading of the file takes it."""
        return {name: value for name, value in self.cleaned_data.items() if name != "sheet"}


def _sheet_label(sheet: Mapping[str, Any]) -> str:
    return sheet["name"] if sheet["is_visible"] else f"{sheet['name']} (hidden)"


def _with(choices: list[tuple[str, str]], current: str) -> list[tuple[str, str]]:
    """Add what was found to the usual choices when it is none of them."""
    return choices if any(value == current for value, _ in choices) else [*choices, (current, current)]


@dataclass(frozen=True)
class ColumnField:
    """One column on the page, with its drop-down list ready."""

    column: Column
    name: str
    options: SafeString
    certainty: str


CERTAINTY = {
    "remembered": "As last time",
    "sure": "Sure",
    "likely": "Likely",
    "guess": "A guess, please check",
    "kept": "Kept beside the lead",
}


class ColumnsForm(forms.Form):
    """What each column becomes. The lists are written as text: a file may have hundreds of columns."""

    date_order = forms.ChoiceField(
        choices=DATE_ORDERS, required=False, label="Dates such as 03/04/2026",
        help_text="Found in the values themselves. Choose when that went wrong.",
    )  # fmt: skip

    def __init__(self, *args: Any, columns: list[Column], custom_fields: Iterable[CustomField], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._columns = columns
        self._custom = [(CUSTOM + field.key, field.label) for field in custom_fields if field.is_active]
        self._known = {IGNORE, NEW, *TARGETS, *(value for value, _ in self._custom)}
        self.targets: dict[int, str] = {}
        unclear = [f"“{column.header}”" for column in columns if column.is_ambiguous and column.target != IGNORE]
        if unclear:
            names = ", ".join(unclear[:5])
            words = f"In {names} nothing tells days from months. Without a choice the day comes first."
            self.fields["date_order"].help_text = words

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        chosen: dict[str, str] = {}
        for column in self._columns:
            target = self.data.get(f"column-{column.index}", IGNORE)
            if target not in self._known:
                self.add_error(None, f"“{column.header}” cannot become that. Choose from the list.")
                continue
            if target in chosen and target not in {IGNORE, NEW}:
                self.add_error(
                    None, f"“{chosen[target]}” and “{column.header}” cannot both become “{self._label(target)}”."
                )
            chosen[target] = column.header
            self.targets[column.index] = target
        return data

    def _label(self, target: str) -> str:
        known = TARGETS.get(target)
        return known.label if known else dict(self._custom).get(target, target)

    def rows(self) -> list[ColumnField]:
        """Return the columns for the page, as they were chosen when the form comes back."""
        full, short = self._options(), self._short_options()
        rows = []
        for place, column in enumerate(self._columns):
            target = self.targets.get(column.index, column.target) if self.is_bound else column.target
            options = full if place < FULL_CHOICE_COLUMNS else short(target)
            rows.append(
                ColumnField(column, f"column-{column.index}", _select(options, target), CERTAINTY[column.certainty])
            )
        return rows

    def _options(self) -> str:
        groups: dict[str, list[tuple[str, str]]] = {}
        for target in TARGETS.values():
            groups.setdefault(target.group, []).append((target.name, target.label))
        if self._custom:
            groups["Your custom fields"] = self._custom
        return _ALWAYS + "".join(
            f'<optgroup label="{escape(group)}">{_option_list(choices)}</optgroup>' for group, choices in groups.items()
        )

    def _short_options(self) -> Any:
        def options(target: str) -> str:
            return _ALWAYS + ("" if target in {IGNORE, NEW} else _option_list([(target, self._label(target))]))

        return options


def _option_list(choices: Iterable[tuple[str, str]]) -> str:
    return "".join(f'<option value="{escape(value)}">{escape(label)}</option>' for value, label in choices)


_ALWAYS = _option_list([(IGNORE, "Leave out"), (NEW, "Keep in a new custom field")])


def _select(options: str, chosen: str) -> SafeString:
    mark = f'value="{escape(chosen)}"'
    # Every value and label in the list has been escaped above.
    return mark_safe(options.replace(mark, mark + " selected", 1))  # noqa: S308
