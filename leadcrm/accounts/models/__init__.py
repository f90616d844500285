from leadcrm.accounts.models.invitation import Invitation
from leadcrm.accounts.models.organization import BusinessProfile, Organization, Team
from leadcrm.accounts.models.user import User

__all__ = ["BusinessProfile", "Invitation", "Organization", "Team", "User"]
