"""Where people and the organisation are found in the sidebar and the palette."""

from leadcrm.accounts.permissions import AccountPermission
from leadcrm.core.navigation import NavItem, register

HERE = "organization"
USERS, TEAMS, SETTINGS = (
    AccountPermission.MANAGE_USERS,
    AccountPermission.MANAGE_TEAMS,
    AccountPermission.MANAGE_SETTINGS,
)

register(
    NavItem("People", "accounts:person_list", "users", HERE, 10, USERS, keywords="users invite role"),
    NavItem("Teams", "accounts:team_list", "users-round", HERE, 20, TEAMS),
    NavItem("Organization", "accounts:organization", "building-2", HERE, 30, SETTINGS, keywords="currency time zone"),
    NavItem("Business profile", "accounts:business_profile", "target", HERE, 40, SETTINGS, keywords="ideal customer"),
    NavItem("Options", "accounts:options", "sliders-horizontal", HERE, 50, SETTINGS, keywords="settings"),
    NavItem("Lead score", "accounts:score_points", "gauge", HERE, 60, SETTINGS, keywords="points"),
    NavItem("Profile and preferences", "accounts:profile", "user", None, keywords="me account name theme"),
)
