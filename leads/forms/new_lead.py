"""The form of a new lead: who, what, where from; stage, owner, tags and a first step."""

from __future__ import annotations

import hashlib
import uuid
from functools import cached_property
from typing import Any

from django import forms
from django.http import QueryDict

from leadcrm.accounts.choices import Role
from leadcrm.accounts.models import User
from leadcrm.core.models import new_id
from leads.choices import CLOSED_STATUSES, LeadSource, SourceType
from leads.forms.activity import TYPES, MomentMixin, PersonField, _time_field
from leads.forms.fields import DayField, LineField
from leads.forms.lead import FactsForm
from leads.models import PipelineStage
from leads.reports.facts import GROUP_OF, Fact
from leads.services import assignment
from leads.services.activities import Plan
from leads.services.duplicates import Candidate

SECTIONS: dict[str, tuple[str, ...]] = {
    "who": ("name", "email", "phone", "company", "job_title"),
    "what": ("industry", "company_size", "service_tier", "budget", "timeframe", "message"),
    "deal": ("value", "expected_close_on"),
    "origin": ("source", "campaign", "utm_source", "utm_medium", "utm_campaign"),
    "where": ("city", "country"),
    "more": ("website", "linkedin_url", "is_decision_maker"),
}
_FACTS: dict[str, Fact] = {fact.name: fact for group in GROUP_OF.values() for fact in group.facts}


def _facts() -> list[Fact]:
    return [_FACTS[name] for names in SECTIONS.values() for name in names]


class NewLeadForm(MomentMixin, FactsForm):
    """A lead that somebody enters by hand.

    ``token`` and what was typed make the id of the lead, so that the same form sent twice names the same lead
    and a form that was changed in between does not.
    """

    token = forms.UUIDField(widget=forms.HiddenInput, required=False)
    anyway = forms.BooleanField(label="Add it anyway, it is another lead", required=False)
    stage: Any = forms.ModelChoiceField(label="Stage", queryset=None, required=False, empty_label=None)
    assigned_to = PersonField(label="Owner", queryset=User.objects.none(), required=False, empty_label="Nobody yet")
    tags = LineField(
        label="Tags", max_length=600, required=False, help_text="Separate them with commas.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    plan_type = forms.ChoiceField(label="Next step", choices=[("", "None yet"), *TYPES], required=False)
    plan_day = DayField(label="Day", required=False)
    plan_time = _time_field("Time", required=False)

    def __init__(self, data: QueryDict | None = None, *, actor: User) -> None:
        organization = actor.organization
        assert organization is not None, "People without an organisation cannot create leads."  # noqa: S101
        super().__init__(data, facts=_facts(), organization=organization)
        self.actor = actor
        self.same: list[Candidate] = []
        self.initial.update(
            {"token": new_id(), "source": LeadSource.MANUAL, "currency": organization.currency, "plan_time": "10:00"}
        )
        for name in ("source", "currency"):
            self.fields[name].required = False
        stages = PipelineStage.objects.of_default_pipeline().exclude(status__in=CLOSED_STATUSES).in_order()
        self.fields["stage"].queryset = stages  # type: ignore[attr-defined]
        self.fields["assigned_to"].queryset = assignment.assignable_people(actor).order_by("full_name")  # type: ignore[attr-defined]
        if actor.role == Role.SALES_REP:
            self.initial["assigned_to"] = actor.pk

    def who(self) -> list[list[forms.BoundField]]:
        """Return who it is, in rows of two fields."""
        fields = self._section("who")
        return [fields[start : start + 2] for start in range(0, len(fields), 2)]

    def what(self) -> list[forms.BoundField]:
        """Return what they need."""
        return self._section("what")

    def deal(self) -> list[forms.BoundField]:
        """Return what it may be worth, and when."""
        return self._section("deal")

    def origin(self) -> list[forms.BoundField]:
        """Return where the lead comes from."""
        return self._section("origin")

    def more(self) -> list[forms.BoundField]:
        """Return what few people know at first."""
        return self._section("where") + self._section("more")

    def origin_has_errors(self) -> bool:
        """Tell whether the folded part hides something to mend."""
        return any(field.errors for field in self.origin() + self.more())

    def _section(self, name: str) -> list[forms.BoundField]:
        return [self[column] for fact in SECTIONS[name] for column in self.order[fact]]

    @property
    def email(self) -> str:
        return str(self.values.get("email", ""))

    @property
    def phone(self) -> str:
        return str(self.values.get("phone", ""))

    @property
    def needs_consent(self) -> bool:
        """Tell whether the same lead exists and nobody ticked that this is another one."""
        return any(candidate.is_exact for candidate in self.same) and not self.cleaned_data.get("anyway")

    @property
    def was_asked(self) -> bool:
        """Tell whether to show the tick: somebody must see it, and it stays once it was ticked."""
        return any(candidate.is_exact for candidate in self.same)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        self.values = {name: value for name, value in self.values.items() if value not in ("", None, {})}
        if cleaned.get("plan_type"):
            for name, words in (("plan_day", "a day"), ("plan_time", "a time")):
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, f"Choose {words} for the next step.")
            cleaned["plan_at"] = self.moment(cleaned, "plan_day", "plan_time")
        else:
            for name in ("plan_day", "plan_time"):
                self.errors.pop(name, None)
        return cleaned

    def creation(self) -> dict[str, Any]:
        """Return what ``create_lead`` takes, from the valid form."""
        cleaned = self.cleaned_data
        owner: User | None = cleaned.get("assigned_to")
        plan = None
        if cleaned.get("plan_type"):
            plan = Plan(type=cleaned["plan_type"], scheduled_at=cleaned["plan_at"], user=owner or self.actor)
        return {
            "source_type": SourceType.MANUAL_IMPORT,
            **self.values,
            "id": self.lead_id,
            "stage": cleaned.get("stage"),
            "assigned_to": owner,
            "tags": [name for name in cleaned["tags"].split(",") if name.strip()],
            "plan": plan,
        }

    @cached_property
    def lead_id(self) -> uuid.UUID:
        """Return a UUIDv7 with the time of the token and a rest that follows from all that was typed."""
        token: uuid.UUID | None = self.cleaned_data.get("token")
        if token is None:
            return new_id()
        typed = sorted((name, str(value)) for name, value in self.data.items() if _is_content(name))
        digest = hashlib.sha256(f"{token}{self.actor.pk}{typed}".encode()).digest()
        number = int.from_bytes(token.bytes[:6] + digest[:10])
        number = number & ~(0xF << 76) | 0x7 << 76
        return uuid.UUID(int=number & ~(0x3 << 62) | 0x2 << 62)


def _is_content(name: str) -> bool:
    return name not in ("token", "csrfmiddlewaretoken")
