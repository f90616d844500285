"""What the audit log says about people and organisations."""

from enum import StrEnum

from leadcrm.audit.messages import register


class AccountEvent(StrEnum):
    SIGNED_IN = "user.signed_in"
    SIGN_IN_FAILED = "user.sign_in_failed"
    PASSWORD_CHANGED = "user.password_changed"  # noqa: S105 — the name of an event
    EMAIL_CHANGED = "user.email_changed"
    SECOND_FACTOR_CHANGED = "user.second_factor_changed"
    USER_UPDATED = "user.updated"
    ROLE_CHANGED = "user.role_changed"
    USER_DEACTIVATED = "user.deactivated"
    USER_REACTIVATED = "user.reactivated"
    USER_CREATED = "user.created"
    USER_INVITED = "invitation.created"
    INVITATION_RESENT = "invitation.resent"
    INVITATION_REVOKED = "invitation.revoked"
    INVITATION_ACCEPTED = "invitation.accepted"
    TEAM_CREATED = "team.created"
    TEAM_UPDATED = "team.updated"
    TEAM_DELETED = "team.deleted"
    ORGANIZATION_CREATED = "organization.created"
    ORGANIZATION_UPDATED = "organization.updated"
    PROFILE_UPDATED = "business_profile.updated"


for _event, _label in {
    AccountEvent.SIGNED_IN: "signed in",
    AccountEvent.SIGN_IN_FAILED: "failed to sign in",
    AccountEvent.PASSWORD_CHANGED: "changed their password",
    AccountEvent.EMAIL_CHANGED: "changed their e-mail address",
    AccountEvent.SECOND_FACTOR_CHANGED: "changed their two-step sign-in",
    AccountEvent.USER_UPDATED: "changed a person",
    AccountEvent.ROLE_CHANGED: "changed a role",
    AccountEvent.USER_DEACTIVATED: "deactivated a person",
    AccountEvent.USER_REACTIVATED: "reactivated a person",
    AccountEvent.USER_CREATED: "added a person",
    AccountEvent.USER_INVITED: "invited a person",
    AccountEvent.INVITATION_RESENT: "sent an invitation again",
    AccountEvent.INVITATION_REVOKED: "revoked an invitation",
    AccountEvent.INVITATION_ACCEPTED: "accepted an invitation",
    AccountEvent.TEAM_CREATED: "created a team",
    AccountEvent.TEAM_UPDATED: "changed a team",
    AccountEvent.TEAM_DELETED: "deleted a team",
    AccountEvent.ORGANIZATION_CREATED: "created the organization",
    AccountEvent.ORGANIZATION_UPDATED: "changed the organization",
    AccountEvent.PROFILE_UPDATED: "changed the business profile",
}.items():
    register(_event, _label)
