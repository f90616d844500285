"""URLs of accounts."""

from django.urls import path

from leadcrm.accounts.views import invitations, organization, people, profile, teams

app_name = "accounts"
urlpatterns = [
    path("me/", profile.profile, name="profile"),
    path("join/<str:token>/", invitations.join, name="join"),
    path("settings/people/", people.person_list, name="person_list"),
    path("settings/people/invitations/new/", invitations.invitation_create, name="invitation_create"),
    path("settings/people/invitations/<uuid:pk>/mail/", invitations.invitation_mail, name="invitation_mail"),
    path(
        "settings/people/invitations/<uuid:pk>/revocation/",
        invitations.invitation_revocation,
        name="invitation_revocation",
    ),
    path("settings/people/<uuid:pk>/", people.person_edit, name="person_edit"),
    path("settings/people/<uuid:pk>/activation/", people.person_activation, name="person_activation"),
    path("settings/teams/", teams.team_list, name="team_list"),
    path("settings/teams/new/", teams.team_create, name="team_create"),
    path("settings/teams/<uuid:pk>/", teams.team_edit, name="team_edit"),
    path("settings/teams/<uuid:pk>/deletion/", teams.team_deletion, name="team_deletion"),
    path("settings/organization/", organization.organization, name="organization"),
    path("settings/profile/", organization.business_profile, name="business_profile"),
    path("settings/options/", organization.options_page, name="options"),
    path("settings/score/", organization.rates, {"kind": "leads.score_points"}, name="score_points"),
]
