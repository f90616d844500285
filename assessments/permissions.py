"""Rights over assessments. How far they reach is decided by the lead: whoever sees it sees its assessments."""

from enum import StrEnum

from leadcrm.accounts.choices import Role
from leadcrm.accounts.rights import register


class AssessmentPermission(StrEnum):
    VIEW = "assessments.view"
    FORMS = "assessments.forms"  # build capture forms, and decide about what is in quarantine


register(AssessmentPermission.VIEW, list(Role))
register(AssessmentPermission.FORMS, [Role.ADMIN, Role.MARKETING])
