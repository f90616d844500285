"""Settings of an organisation that concern privacy."""

from leadcrm.audit.settings import SettingSpec, register

POLICY_URL = "privacy.policy_url"

register(
    SettingSpec(
        POLICY_URL, "Address of your privacy policy", "",
        "Public forms link to it beside every question for consent; it begins with https://.", section="Privacy",
    )
)  # fmt: skip
