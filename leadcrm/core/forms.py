"""Forms look like the field component without any markup in the page: ``{{ form }}`` is enough."""

import re
import unicodedata
from typing import Any

from django.core.exceptions import ValidationError
from django.forms import BaseForm, CharField, Widget
from django.forms.renderers import TemplatesSetting

from leadcrm.core.errors import DomainError

# Django names these in its error list, which no setting of a renderer reaches.
REPLACED = {"django/forms/errors/list/default.html": "components/errors.html"}


# Control characters, marks that turn the direction of text, and spaces without width. The two joiners stay, because
# they shape letters in Indic scripts and Persian.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)


class NameField(CharField):
    """The name of somebody or something: what others read is all there is, so that no name passes for another."""

    def to_python(self, value: Any) -> str:
        text = unicodedata.normalize("NFC", _INVISIBLE.sub("", super().to_python(value) or ""))
        return " ".join(text.split()).strip("\u200c\u200d")


class UncutField(CharField):
    """Text that the browser does not cut: it would lose what somebody pasted without a word."""

    def run_validators(self, value: Any) -> None:
        """Say how long the text is instead of counting twice, and nothing about an empty one."""
        if self.max_length is not None and len(value) > self.max_length:
            raise ValidationError(
                f"At most {self.max_length:,} characters; this has {len(value):,}.", code="max_length"
            )
        super().run_validators(value)

    def widget_attrs(self, widget: Widget) -> dict[str, Any]:
        """Leave ``maxlength`` out."""
        return {key: value for key, value in super().widget_attrs(widget).items() if key != "maxlength"}


class Renderer(TemplatesSetting):
    """Render forms, fields and errors with our components; widgets keep Django's own templates."""

    form_template_name = "components/form.html"
    formset_template_name = "components/formset.html"
    field_template_name = "components/field.html"

    def get_template(self, template_name: str) -> Any:
        """Return our component in place of Django's list of errors."""
        return super().get_template(REPLACED.get(template_name, template_name))


def add_refusal(form: BaseForm, error: DomainError) -> None:
    """Show a refusal of a service on the form: at its field when the form has it, else on top."""
    form.add_error(error.field if error.field in form.fields else None, error.message)
