"""URLs of analytics."""

from django.urls import path

from leadcrm.analytics import views

app_name = "analytics"
urlpatterns = [path("collect/timing/", views.page_timing, name="page_timing")]
