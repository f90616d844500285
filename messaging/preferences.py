"""The settings of an organisation that concern its mails."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from leadcrm.audit.settings import SettingSpec, register
from leadcrm.core.errors import DomainError

SECTION = "E-mail"


@dataclass(frozen=True)
class AddressSpec(SettingSpec):
    """An e-mail address, or nothing."""

    def clean(self, value: object) -> bool | int | str:
        address = str(super().clean(value))
        if address:
            try:
                validate_email(address)
            except ValidationError:
                raise DomainError(f"{self.label}: this is not an e-mail address.", field=self.key) from None
        return address


register(
    SettingSpec(
        "messaging.welcome", "Welcome mail for", "own",
        "A lead gets it once, when its score qualifies it. People who were imported from a list or found by a search "
        "did not ask for mail.",
        choices=(
            ("own", "Leads that were not imported or found automatically"),
            ("inbound", "Only leads who came to us by themselves"),
            ("everyone", "Every lead"),
            ("nobody", "Nobody"),
        ),
        section=SECTION,
    )
)  # fmt: skip
register(
    SettingSpec(
        "messaging.reminder_hours", "Remind leads of meetings, hours before", 24,
        "A lead with an e-mail address gets subject and time of a planned meeting or demo, with a calendar entry. "
        "0 sends none.",
        minimum=0, maximum=336, section=SECTION,
    )
)  # fmt: skip
register(
    AddressSpec(
        "messaging.reply_to", "Answers go to", "",
        "When a lead has an owner, answers go to the owner; else here.", section=SECTION,
    )
)  # fmt: skip
register(
    SettingSpec(
        "messaging.postal_address", "Postal address", "",
        "Stands at the end of every mail. Without it no marketing mail leaves.", section=SECTION,
    )
)  # fmt: skip
