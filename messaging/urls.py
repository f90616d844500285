"""URLs of messaging."""

from django.urls import path

from messaging.views import queued_emails

app_name = "messaging"
urlpatterns = [
    path("settings/mail/", queued_emails.queued_email_list, name="queued_email_list"),
    path("settings/mail/<uuid:pk>/", queued_emails.queued_email_detail, name="queued_email_detail"),
    path("settings/mail/<uuid:pk>/retry/", queued_emails.queued_email_retry, name="queued_email_retry"),
    path(
        "settings/mail/<uuid:pk>/cancellation/",
        queued_emails.queued_email_cancellation,
        name="queued_email_cancellation",
    ),
    path("settings/mail/<uuid:pk>/resolution/", queued_emails.queued_email_resolution, name="queued_email_resolution"),
]
