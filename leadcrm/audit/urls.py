"""URLs of audit."""

from django.urls import path

from leadcrm.audit import views

app_name = "audit"
urlpatterns = [
    path("settings/audit/", views.entry_list, name="entry_list"),
    path("settings/audit/export/", views.entry_export, name="entry_export"),
    path("settings/audit/<uuid:pk>/", views.entry_detail, name="entry_detail"),
]
