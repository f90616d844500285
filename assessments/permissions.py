"""Rights over assessments. How far they reach is decided by the lead: whoever sees it sees its assessments."""

from enum import StrEnum

from leadcrm.accounts.choices import Role
from leadcrm.accounts.rights import register


class AssessmentPermission(StrEnum):
    VIEW = "assessments.view"


register(AssessmentPermission.VIEW, list(Role))
