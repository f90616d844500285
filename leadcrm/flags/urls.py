"""URLs of flags."""

from django.urls import path

from leadcrm.flags import views

app_name = "flags"
urlpatterns = [path("reading-aids/", views.reading_aids, name="reading_aids")]
