"""The routes of an installation that has a local mailbox."""

from django.urls import include, path

from leadcrm.urls import handler400, handler403, handler404, handler500, urlpatterns

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [*urlpatterns, path("local/", include("leadcrm.local.urls"))]
