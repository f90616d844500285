"""The form of the rules of an import, and the words of the file that are translated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms

from leadcrm.core.money import CURRENCIES
from leads.choices import LeadSource
from leads.importing.keys import plain_key
from leads.importing.readers import BadValue
from leads.importing.values.countries import BY_CODE
from leads.models import LeadBatch
from leads.services.importing import mappings
from leads.services.importing.rules import DEFAULT, Choices, Identity, OnDuplicate, Rules, possible_identities
from leads.services.tagging import LONGEST

# Drop-down lists times their length: more would make a page that nobody can use.
MOST_OPTIONS = 10_000
IDENTITY_WORDS = {
    Identity.EXTERNAL_ID: "The identifier in the other system",
    Identity.EMAIL: "The e-mail address",
    Identity.PHONE: "The phone number",
    Identity.PERSON: "The company together with the full name",
    Identity.COMPANY: "The company, so that there is one lead for each",
}
WORDS_TITLES = {
    "status": "Words for the status",
    "stage": "Words for the pipeline stage",
    "source": "Words for the source",
    "owner": "Names of owners",
    "team": "Names of teams",
}
WORDS_HINTS = {
    "status": "A lead goes into the stage that stands for its status.",
    "stage": "A lead goes into the stage that you choose for its word.",
    "source": "The word itself is kept beside the lead.",
    "owner": "A name without a person stays in the custom field “Owner as imported”, and the lead has no owner yet.",
    "team": "A name without a team stays in the custom field “Team as imported”.",
}
# What an empty choice and the choice of the default mean.
EMPTY_WORDS = {
    "status": ("Not known: as if the cell were empty, keep the word", "As if the cell were empty"),
    "stage": ("Not known: as if the cell were empty, keep the word", "As if the cell were empty"),
    "source": ("As leadcrm understands it", "As if the cell were empty"),
    "owner": ("Nobody yet, keep the name", ""),
    "team": ("No team, keep the name", ""),
}


@dataclass(frozen=True)
class Words:
    """The words of one column, with a field each."""

    target: str
    title: str
    hint: str
    header: str
    fields: list[Word]
    left_out: int


@dataclass(frozen=True)
class Word:
    text: str
    count: int
    field: forms.BoundField


class RulesForm(forms.Form):
    """What holds for the whole import. Only what the file makes possible is asked."""

    identity = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple, required=False, label="Rows are the same lead when they share",
        help_text="Asked from top to bottom; the first that a row has and that matches decides.",
    )  # fmt: skip
    external_source = forms.CharField(
        max_length=60, required=False, label="Name of the other system",
        help_text="The identifiers belong to it. Use the same name next time, so that its leads are found again.",
    )  # fmt: skip
    on_duplicate = forms.ChoiceField(
        widget=forms.RadioSelect, label="When a lead is in leadcrm already",
        choices=[
            (OnDuplicate.SKIP.value, "Leave it as it is and skip the row"),
            (OnDuplicate.FILL.value, "Fill in what is empty"),
            (OnDuplicate.OVERWRITE.value, "Overwrite it with what the file says; empty cells change nothing"),
        ],
    )  # fmt: skip
    on_bad_value = forms.ChoiceField(
        widget=forms.RadioSelect, label="When a value cannot be used, such as a date that does not exist",
        choices=[
            (BadValue.REFUSE_ROW.value, "Refuse the row; refused rows can be downloaded, corrected and imported again"),
            (BadValue.SKIP_VALUE.value, "Import the row without the value, and keep the text beside the lead"),
        ],
    )  # fmt: skip
    stage = forms.ChoiceField(required=False, label="Stage of new leads")
    owner = forms.ChoiceField(required=False, label="Owner of new leads")
    team = forms.ChoiceField(required=False, label="Team of new leads")
    source = forms.ChoiceField(choices=LeadSource.choices, label="Source of new leads")
    tags = forms.CharField(required=False, max_length=500, label="Tags for every row", help_text="Separated by commas.")
    region = forms.ChoiceField(
        required=False,
        label="Country of phone numbers",
        help_text="For numbers without a country code, when the row names no country.",
    )
    currency = forms.ChoiceField(
        label="Currency of amounts",
        choices=[(code, code) for code in CURRENCIES],
        help_text="Where the file names none.",
    )
    complete_companies = forms.BooleanField(
        required=False, label="Complete company facts",
        help_text="New leads take industry, size, website and address from leads of the same company.",
    )  # fmt: skip
    qualify = forms.BooleanField(
        required=False, label="Qualify leads with a high score",
        help_text="New and contacted leads that reach your organisation's score go to its qualified stage.",
    )  # fmt: skip
    follow_ups = forms.BooleanField(
        required=False, label="Plan a follow-up for each of them",
        help_text="Off for imports: a list can qualify thousands of leads at once, and as many follow-ups for tomorrow "
        "would hide those that matter.",
    )  # fmt: skip

    def __init__(self, *args: Any, batch: LeadBatch, rules: Rules, choices: Choices, **kwargs: Any) -> None:
        initial = {**rules.as_json(), "tags": ", ".join(rules.tags)}
        kwargs["initial"] = initial
        super().__init__(*args, **kwargs)
        self._batch, self._choices_of = batch, choices
        targets = mappings.targets_of(batch)
        self.possible = possible_identities(targets)
        self._set("identity", [(one.value, IDENTITY_WORDS[one]) for one in self.possible])
        if Identity.EXTERNAL_ID in self.possible:
            self.fields["identity"].help_text += " The identifier always counts: it names one lead only."
        else:
            del self.fields["external_source"]
        self._set("stage", [("", "The first stage"), *choices.of_words("stage")])
        self._set("team", [("", "The owner's team, or mine"), *choices.of_words("team")])
        if choices.people:
            self._set("owner", [("", "Nobody yet"), *choices.of_words("owner")])
        else:
            del self.fields["owner"]
        if "phone" in targets:
            regions = sorted((country.name, code) for code, country in BY_CODE.items() if len(code) == 2)
            self._set("region", [("", "Numbers without a code are refused"), *((code, name) for name, code in regions)])
        else:
            del self.fields["region"]
        if not targets & {"deal_value", "predicted_value", "won_value", "budget"}:
            del self.fields["currency"]
        if "company" not in targets:
            del self.fields["complete_companies"]
        self.words = list(self._word_fields())

    def _set(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def _word_fields(self) -> Iterator[Words]:
        kept: Mapping[str, Mapping[str, str]] = self._batch.import_settings.get("words") or self._remembered()
        headers = {plan["target"]: plan["header"] for plan in self._batch.import_settings.get("columns", [])}
        for target, found in self._batch.report.get("words", {}).items():
            offered = self._choices_of.of_words(target)
            if not found or (target == "owner" and not offered):
                continue
            empty, default = EMPTY_WORDS[target]
            options = [("", empty), *([(DEFAULT, default)] if default else []), *offered]
            shown = found[: max(10, MOST_OPTIONS // len(options))]
            fields = []
            for place, (text, count) in enumerate(shown):
                name = f"word-{target}-{place}"
                chosen = kept.get(target, {}).get(plain_key(text) or text)
                known = {value for value, _ in options}
                initial = chosen if chosen in known else self._choices_of.suggestion(target, text)
                self.fields[name] = forms.ChoiceField(
                    choices=options, required=False, label=text or "(empty)", initial=initial
                )
                fields.append(Word(text, count, self[name]))
            yield Words(
                target, WORDS_TITLES[target], WORDS_HINTS[target], headers.get(target, ""), fields,
                len(found) - len(shown),
            )  # fmt: skip

    def _remembered(self) -> Mapping[str, Mapping[str, str]]:
        row = mappings.remembered(self._batch)
        words: Mapping[str, Mapping[str, str]] = (row.settings.get("words") or {}) if row else {}
        return words

    @property
    def facts(self) -> list[forms.BoundField]:
        """Return the fields that say what new leads start with."""
        names = ("stage", "owner", "team", "source", "tags", "region", "currency")
        return [self[name] for name in names if name in self.fields]

    def clean_tags(self) -> tuple[str, ...]:
        tags = tuple(dict.fromkeys(tag for part in self.cleaned_data["tags"].split(",") if (tag := part.strip())))
        if any(len(tag) > LONGEST for tag in tags):
            raise forms.ValidationError(f"A tag has at most {LONGEST} characters.")
        return tags

    def rules(self) -> Rules:
        """Return what was chosen."""
        known = {name: value for name, value in self.cleaned_data.items() if name in Rules.__dataclass_fields__}
        return Rules(**{**known, "identity": tuple(self.cleaned_data["identity"])})

    def translations(self) -> dict[str, dict[str, str]]:
        """Return the words with what was chosen for them."""
        return {
            words.target: {word.text: self.cleaned_data[word.field.name] for word in words.fields}
            for words in self.words
        }
