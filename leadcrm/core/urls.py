"""URLs of core."""

from django.urls import path

from leadcrm.core import views

app_name = "core"
urlpatterns = [
    path("events/", views.events, name="events"),
    path("palette/", views.palette_results, name="palette"),
    path("help/", views.help_page, name="help"),
]
