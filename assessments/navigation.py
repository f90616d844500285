"""Where assessments and calculators are found in the sidebar and the palette."""

from assessments.permissions import AssessmentPermission
from leadcrm.accounts.permissions import AccountPermission
from leadcrm.core.navigation import NavItem, register

register(
    NavItem(
        "Assessments", "assessments:assessment_list", "list-checks", order=30, permission=AssessmentPermission.VIEW,
        shortcut="g a", keywords="readiness score questionnaire funnel",
    ),
    NavItem(
        "ROI rates", "assessments:roi_rates", "calculator", "organization", 62, AccountPermission.MANAGE_SETTINGS,
        keywords="calculator tiers recovery set-up",
    ),
    NavItem(
        "Estimate rates", "assessments:estimate_rates", "clipboard-list", "organization", 64,
        AccountPermission.MANAGE_SETTINGS, keywords="project cost weeks services deliverables",
    ),
    NavItem(
        "Forms", "assessments:capture_form_list", "text-cursor-input", "organization", 66, AssessmentPermission.FORMS,
        keywords="capture embed website quarantine spam answers",
    ),
)  # fmt: skip
