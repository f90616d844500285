"""The form of a stage."""

from __future__ import annotations

from typing import Any

from django import forms

from leadcrm.core.forms import NameField
from leads.choices import CLOSED_STATUSES, LeadStatus
from leads.models import PipelineStage
from leads.services.stages import LONGEST_NAME


class StageForm(forms.Form):
    """``status`` is asked for once: later, leads are in the stage and have it."""

    name = NameField(max_length=LONGEST_NAME)
    status = forms.ChoiceField(
        label="What its leads count as", choices=LeadStatus.choices, help_text="This cannot be changed later."
    )
    colour = forms.ChoiceField(choices=PipelineStage.Colour.choices, initial=PipelineStage.Colour.SKY)
    win_probability = forms.IntegerField(
        label="Chance to win, in per cent", min_value=0, max_value=100, initial=10,
        help_text="The forecast counts each lead of the stage by this.",
    )  # fmt: skip

    def __init__(self, *args: Any, stage: PipelineStage | None = None, **kwargs: Any) -> None:
        if stage is not None:
            kwargs["initial"] = {
                "name": stage.name,
                "colour": stage.colour,
                "win_probability": stage.win_probability,
            }
        super().__init__(*args, **kwargs)
        if stage is not None:
            del self.fields["status"]
            if stage.status in CLOSED_STATUSES:
                self.fields["win_probability"].disabled = True
                self.fields["win_probability"].help_text = "How a closed lead ended is certain."
