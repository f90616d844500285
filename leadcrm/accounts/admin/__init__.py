"""The admin of organisations and people. Sign-in goes through django-allauth, so its second step counts here too."""

from allauth.account import admin as _account_admin
from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa import admin as _mfa_admin
from allauth.mfa.models import Authenticator
from allauth.usersessions import admin as _usersessions_admin
from allauth.usersessions.models import UserSession
from django.contrib import admin

from leadcrm.accounts.admin.organizations import BusinessProfileAdmin, InvitationAdmin, OrganizationAdmin, TeamAdmin
from leadcrm.accounts.admin.users import UserAdmin
from leadcrm.core.admin_autocomplete import autocomplete_view

__all__ = ["BusinessProfileAdmin", "InvitationAdmin", "OrganizationAdmin", "TeamAdmin", "UserAdmin"]

admin.site.site_header = "leadcrm administration"
admin.site.site_title = "leadcrm"
admin.site.index_title = "All organizations"
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.autocomplete_view = autocomplete_view  # type: ignore[method-assign, assignment]

# allauth's own pages would show addresses, secrets and sessions of customers' people without an entry in
# the log. What staff need of them is on the page of the person.
_REGISTERED_BY = (_account_admin, _mfa_admin, _usersessions_admin)
for _model in (EmailAddress, Authenticator, UserSession):
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)
