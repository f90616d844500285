"""Routed only where the setting LOCAL_MAILBOX_DIR names a folder."""

from django.urls import path

from leadcrm.local import views

app_name = "local"

urlpatterns = [
    path("mailbox/", views.mailbox, name="mailbox"),
    path("mailbox/<str:name>/", views.mail, name="mail"),
]
