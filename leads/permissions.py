"""Rights over leads, as the roles' matrix grants them. How far a right reaches is decided by ``visible_to``."""

from enum import StrEnum

from leadcrm.accounts.choices import Role
from leadcrm.accounts.rights import register


class LeadPermission(StrEnum):
    VIEW = "leads.view"
    EDIT = "leads.edit"  # facts, stage, notes, activities, tags, of leads one sees
    CREATE = "leads.create"
    ASSIGN = "leads.assign"  # managers within their team, sales reps to themselves
    DELETE = "leads.delete"
    BULK = "leads.bulk"
    MERGE = "leads.merge"  # sales reps: only their own
    IMPORT = "leads.import"
    EXPORT = "leads.export"
    CONFIGURE = "leads.configure"  # pipelines, tags, scoring, custom fields


EVERYBODY_WHO_WORKS = [Role.ADMIN, Role.MANAGER, Role.SALES_REP, Role.MARKETING, Role.EDITOR]

register(LeadPermission.VIEW, list(Role))
register(LeadPermission.EDIT, EVERYBODY_WHO_WORKS)
register(LeadPermission.CREATE, EVERYBODY_WHO_WORKS)
register(LeadPermission.ASSIGN, [Role.ADMIN, Role.MANAGER, Role.SALES_REP, Role.EDITOR])
register(LeadPermission.DELETE, [Role.ADMIN, Role.MANAGER])
register(LeadPermission.BULK, [Role.ADMIN, Role.MANAGER])
register(LeadPermission.MERGE, [Role.ADMIN, Role.MANAGER, Role.SALES_REP])
register(LeadPermission.IMPORT, [Role.ADMIN, Role.MANAGER, Role.MARKETING, Role.EDITOR])
register(LeadPermission.EXPORT, [Role.ADMIN, Role.MANAGER])
register(LeadPermission.CONFIGURE, [Role.ADMIN])
