"""The settings of an organisation that concern assessments and calculators."""

from assessments.rules import tables
from leadcrm.audit.settings import RateSpec, SettingSpec, register, register_rates

ROI_RATES, ESTIMATE_RATES = "roi_rates", "estimate_rates"
PUBLIC_ESTIMATE, PROPOSAL_DAYS = "assessments.public_estimate", "assessments.proposal_valid_days"

register(
    SettingSpec(
        "assessments.abandoned_days", "Days until an assessment counts as abandoned", 7,
        "An assessment that nobody continued for this long counts as abandoned; its link still works.",
        minimum=1, maximum=365, section="Assessments",
    )
)  # fmt: skip
register(
    SettingSpec(
        PUBLIC_ESTIMATE, "Project estimates for everybody", False,
        "Shows the project estimate on your public pages, beside the ROI calculator.", section="Public pages",
    )
)  # fmt: skip
register(
    SettingSpec(
        PROPOSAL_DAYS, "Days that a proposal is valid", 30,
        "What a new proposal suggests; each can have another last day.", minimum=1, maximum=365,
        section="Public pages",
    )
)  # fmt: skip
register_rates(
    RateSpec(
        ROI_RATES, "Rates of the ROI calculator", tables.default_roi_rates(), tables.validate_roi_rates,
        help_text="What each service tier costs, and how much of the inefficiency it recovers.",
    )
)  # fmt: skip
register_rates(
    RateSpec(
        ESTIMATE_RATES, "Rates of project estimates", tables.default_estimate_rates(), tables.validate_estimate_rates,
        help_text="What each type of project and each service costs, how long it takes, and what the customer gets.",
    )
)  # fmt: skip
