"""Forms for human work: plan it, change it, write it down, complete it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.forms.utils import from_current_timezone
from django.utils import timezone

from leadcrm.accounts.models import User
from leadcrm.accounts.models.user import UserQuerySet
from leads.choices import PLANNABLE_TYPES
from leads.forms.fields import BlockField, DayField, LineField, NumberField
from leads.models import Activity, Lead
from leads.services import assignment
from leads.services.activities import LONGEST_DESCRIPTION, LONGEST_MINUTES, Plan
from leads.services.workdays import morning_after

TYPES = [(choice.value, choice.label) for choice in PLANNABLE_TYPES]
REMINDERS = (
    ("", "No reminder"), ("0", "At the time"), ("15", "15 minutes before"), ("60", "1 hour before"),
    ("1440", "1 day before"),
)  # fmt: skip
OUTCOMES = ("Reached", "No answer", "Left a message", "Interested", "Not interested", "Asked for an offer", "Postponed")


def people_for(actor: User, lead: Lead, *also: User | None) -> UserQuerySet:
    """Return who can be given work on a lead: whom ``actor`` may assign to, the owner, and ``actor``."""
    named = {person.pk for person in (actor, lead.assigned_to, *also) if person is not None}
    everybody: UserQuerySet = User.objects.active().in_organization(lead.organization_id)
    return everybody.filter(Q(pk__in=named) | Q(pk__in=assignment.assignable_people(actor).values("pk"))).order_by(
        "full_name", "email"
    )


class PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]  # the stubs' parameter does not exist at run time
    """A colleague, by name."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj)


class MomentMixin(forms.Form):
    """A day and a time of day, in the time zone of the organisation."""

    def moment(self, cleaned: dict[str, Any], day_name: str = "day", time_name: str = "time") -> datetime | None:
        """Return the moment; a clock that jumps over it is said at the time's field."""
        day: date | None = cleaned.get(day_name)
        at: time | None = cleaned.get(time_name)
        if day is None or at is None:
            return None
        try:
            found: datetime = from_current_timezone(datetime.combine(day, at))
        except ValidationError:
            self.add_error(time_name, "The clocks change at this time. Choose another one.")
            return None
        return found


def _time_field(label: str, *, required: bool = True) -> forms.TimeField:
    widget = forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    return forms.TimeField(label=label, widget=widget, required=required, input_formats=["%H:%M", "%H:%M:%S"])


class PlanForm(MomentMixin):
    """Plan an activity, or change an open one."""

    type = forms.ChoiceField(label="What", choices=TYPES)
    subject = LineField(label="Subject", max_length=500, required=False)
    day = DayField(label="Day")
    time = _time_field("Time")
    user = PersonField(label="Person", queryset=User.objects.none(), required=False, empty_label="Nobody yet: the team")
    duration_minutes = NumberField(label="Minutes", low=1, high=LONGEST_MINUTES, required=False)
    reminder = forms.ChoiceField(label="Reminder", choices=REMINDERS, required=False)
    description = BlockField(
        label="Details", max_length=LONGEST_DESCRIPTION, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, data: Any = None, *, lead: Lead, actor: User, activity: Activity | None = None) -> None:
        super().__init__(data)
        self.lead = lead
        planned_for = activity.user if activity else None
        people = self.fields["user"]
        people.queryset = people_for(actor, lead, planned_for)  # type: ignore[attr-defined]
        if activity is None:
            moment = morning_after(timezone.now(), lead.organization.tzinfo) + timedelta(hours=1)
            self.initial.update({"type": "call", "user": lead.assigned_to_id or actor.pk})
        else:
            moment = activity.scheduled_at or timezone.now()
            self.initial.update(
                {
                    "type": activity.type,
                    "subject": activity.subject,
                    "user": activity.user_id,
                    "duration_minutes": activity.duration_minutes,
                    "description": activity.description,
                    "reminder": self._reminder_of(activity),
                }
            )
        local = timezone.localtime(moment)
        self.initial.update({"day": local.date(), "time": local.time().replace(second=0, microsecond=0)})

    def _reminder_of(self, activity: Activity) -> str:
        if activity.remind_at is None or activity.scheduled_at is None:
            return ""
        minutes = str(int((activity.scheduled_at - activity.remind_at).total_seconds() // 60))
        if minutes not in dict(REMINDERS):
            words = f"{minutes} minutes before"
            self.fields["reminder"].choices = [*REMINDERS, (minutes, words)]  # type: ignore[attr-defined]
        return minutes

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        cleaned["scheduled_at"] = self.moment(cleaned)
        return cleaned

    def plan(self) -> Plan:
        """Return what the valid form says."""
        cleaned = self.cleaned_data
        scheduled_at: datetime = cleaned["scheduled_at"]
        before = cleaned["reminder"]
        return Plan(
            type=cleaned["type"],
            scheduled_at=scheduled_at,
            subject=cleaned["subject"],
            description=cleaned["description"],
            user=cleaned["user"],
            duration_minutes=cleaned["duration_minutes"],
            remind_at=scheduled_at - timedelta(minutes=int(before)) if before else None,
        )


class LogForm(MomentMixin):
    """Write down what was done."""

    type = forms.ChoiceField(label="What", choices=TYPES)
    outcome = LineField(
        label="Outcome", max_length=255, required=False,
        widget=forms.TextInput(attrs={"list": "outcomes", "autocomplete": "off"}),
    )  # fmt: skip
    subject = LineField(label="Subject", max_length=500, required=False)
    day = DayField(label="Day")
    time = _time_field("Time")
    duration_minutes = NumberField(label="Minutes", low=1, high=LONGEST_MINUTES, required=False)
    description = BlockField(
        label="Details", max_length=LONGEST_DESCRIPTION, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        local = timezone.localtime()
        self.initial.update({"day": local.date(), "time": local.time().replace(second=0, microsecond=0)})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        moment = self.moment(cleaned)
        # The form counts in whole minutes: this minute is now.
        cleaned["completed_at"] = min(moment, timezone.now()) if moment and _is_now(moment) else moment
        return cleaned


def _is_now(moment: datetime) -> bool:
    return abs(moment - timezone.now()) <= timedelta(minutes=1)


class CompletionForm(MomentMixin):
    """How it went, and what comes next."""

    outcome = LineField(
        label="Outcome", max_length=255, required=False,
        widget=forms.TextInput(attrs={"list": "outcomes", "autocomplete": "off", "autofocus": True}),
    )  # fmt: skip
    duration_minutes = NumberField(label="Minutes", low=1, high=LONGEST_MINUTES, required=False)
    plan_next = forms.BooleanField(label="Plan the next step", required=False)
    next_type = forms.ChoiceField(label="What", choices=TYPES, required=False)
    next_subject = LineField(label="Subject", max_length=500, required=False)
    next_day = DayField(label="Day", required=False)
    next_time = _time_field("Time", required=False)

    def __init__(self, data: Any = None, *, activity: Activity, actor: User) -> None:
        super().__init__(data)
        self.activity, self.actor = activity, actor
        next_week = timezone.now() + timedelta(days=6)
        moment = timezone.localtime(morning_after(next_week, activity.lead.organization.tzinfo))
        self.initial.update(
            {
                "outcome": activity.outcome,
                "duration_minutes": activity.duration_minutes,
                "next_type": activity.type,
                "next_day": moment.date(),
                "next_time": moment.time(),
            }
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("plan_next"):
            # What is not planned need not be right.
            for name in ("next_type", "next_subject", "next_day", "next_time"):
                self.errors.pop(name, None)
            return cleaned
        for name, words in (("next_type", "what comes next"), ("next_day", "a day"), ("next_time", "a time")):
            if not cleaned.get(name) and name not in self.errors:
                self.add_error(name, f"Choose {words}, or untick “Plan the next step”.")
        cleaned["next_at"] = self.moment(cleaned, "next_day", "next_time")
        return cleaned

    def then(self) -> Plan | None:
        """Return what comes next, when the valid form says so."""
        cleaned = self.cleaned_data
        if not cleaned["plan_next"]:
            return None
        return Plan(
            type=cleaned["next_type"],
            scheduled_at=cleaned["next_at"],
            subject=cleaned["next_subject"],
            user=self.activity.user or self.actor,
        )


SHIFTS = (("hour", "In an hour"), ("tomorrow", "Tomorrow"), ("week", "In a week"))


class ShiftForm(forms.Form):
    """Move an activity by one of the usual steps."""

    to = forms.ChoiceField(choices=SHIFTS)

    def moment(self, activity: Activity) -> datetime:
        """Return where the valid form moves the activity: from now, at the same time of day where it is days."""
        now = timezone.localtime()
        step = self.cleaned_data["to"]
        if step == "hour":
            return now.replace(second=0, microsecond=0) + timedelta(hours=1)
        at = timezone.localtime(activity.scheduled_at or now)
        day = now.date() + timedelta(days=1 if step == "tomorrow" else 7)
        naive = datetime.combine(day, at.time().replace(second=0, microsecond=0))
        return naive.replace(tzinfo=now.tzinfo)
