"""The settings of an organisation that concern leads."""

from leadcrm.audit.settings import RateSpec, SettingSpec, register, register_rates
from leads.intelligence.rules import DEFAULT_POINTS, industry_key, validate_points

REACH = (("all", "All leads"), ("team", "Leads of their team"))

register(
    SettingSpec(
        "leads.manager_reach", "Managers see", "team", "How far a manager sees.", choices=REACH, section="Leads"
    )
)
register(
    SettingSpec(
        "leads.rep_reach", "Sales reps see", "own", "How far a sales rep sees.",
        choices=(("all", "All leads"), ("own", "Their own, and unassigned leads of their team")), section="Leads",
    )
)  # fmt: skip
register(
    SettingSpec(
        "leads.qualification_threshold", "Score that qualifies a lead", 70,
        "A new or contacted lead that reaches this score becomes qualified.",
        minimum=1, maximum=100, section="Leads",
    )
)  # fmt: skip
register(
    SettingSpec(
        "leads.idle_days", "Days until a lead counts as idle", 14,
        "The board marks leads that nobody touched for this long.", minimum=1, maximum=365, section="Leads",
    )
)  # fmt: skip
register(
    SettingSpec(
        "leads.inbound_team", "Team of leads that come by themselves", "",
        "The name of the team that finds new leads from public pages. Empty: the only team there is; with several "
        "teams, such leads belong to none, and only people who see all leads see them.",
        section="Leads",
    )
)  # fmt: skip
register_rates(
    RateSpec(
        "leads.score_points", "Points of the lead score", DEFAULT_POINTS, validate_points,
        help_text="Every lead starts at 40; each thing that is known adds its points; the score stays from 0 to 100.",
        labels={
            "company": "Company is known",
            "phone": "Phone is known",
            "business_email": "Business e-mail address",
            "long_message": "Message longer than 50 characters",
            "service_tier": "Service tier chosen",
            "industry": "Relevance of the industry",
            "company_size": "Size of the company",
        },
        open_groups=("industry",), normalise=industry_key,
        follow_up_label="Recompute all scores", follow_up_url_name="leads:scoring_run_create",
    )
)  # fmt: skip
