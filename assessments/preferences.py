"""The settings of an organisation that concern assessments."""

from leadcrm.audit.settings import SettingSpec, register

register(
    SettingSpec(
        "assessments.abandoned_days", "Days until an assessment counts as abandoned", 7,
        "An assessment that nobody continued for this long counts as abandoned; its link still works.",
        minimum=1, maximum=365, section="Assessments",
    )
)  # fmt: skip
