"""Rights over people and the organisation itself."""

from enum import StrEnum

from leadcrm.accounts.choices import Role
from leadcrm.accounts.rights import register


class AccountPermission(StrEnum):
    MANAGE_USERS = "accounts.manage_users"  # invite, change role, deactivate; managers: their own team
    MANAGE_TEAMS = "accounts.manage_teams"
    MANAGE_SETTINGS = "accounts.manage_settings"
    SEE_AUDIT = "accounts.see_audit"
    SEE_REPORTS = "accounts.see_reports"


register(AccountPermission.MANAGE_USERS, [Role.ADMIN, Role.MANAGER])
register(AccountPermission.MANAGE_TEAMS, [Role.ADMIN])
register(AccountPermission.MANAGE_SETTINGS, [Role.ADMIN])
register(AccountPermission.SEE_AUDIT, [Role.ADMIN])
register(AccountPermission.SEE_REPORTS, list(Role))
