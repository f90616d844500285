"""Forms look like the field component without any markup in the page: ``{{ form }}`` is enough."""

from typing import Any

from django.forms import BaseForm
from django.forms.renderers import TemplatesSetting

from leadcrm.core.errors import DomainError

# Django names these in its error list, which no setting of a renderer reaches.
REPLACED = {"django/forms/errors/list/default.html": "components/errors.html"}


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
