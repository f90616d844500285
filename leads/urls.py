"""URLs of leads, a block per noun."""

from django.urls import path

from leads.views import tags

app_name = "leads"

urlpatterns = [
    # Tags
    path("settings/tags/", tags.tag_list, name="tag_list"),
    path("settings/tags/new/", tags.tag_create, name="tag_create"),
    path("settings/tags/<uuid:pk>/", tags.tag_edit, name="tag_edit"),
    path("settings/tags/<uuid:pk>/merge/", tags.tag_merge, name="tag_merge"),
    path("settings/tags/<uuid:pk>/deletion/", tags.tag_deletion, name="tag_deletion"),
]
