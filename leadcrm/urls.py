"""Every door. A URL without a row in the permission table (`tests/permissions/`) fails the build."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

handler400 = "leadcrm.core.views.bad_request"
handler403 = "leadcrm.core.views.permission_denied"
handler404 = "leadcrm.core.views.page_not_found"
handler429 = "leadcrm.core.views.too_many_requests"  # allauth asks for it when a limit is reached
handler500 = "leadcrm.core.views.server_error"

urlpatterns = [
    path("", include("leads.urls")),
    path("", include("assessments.urls")),
    path("", include("leadcrm.core.urls")),
    path("", include("leadcrm.accounts.urls")),
    path("", include("leadcrm.audit.urls")),
    path("", include("messaging.urls")),
    path("", include("leadcrm.flags.urls")),
    path("", include("leadcrm.analytics.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]

if settings.LOCAL_MAILBOX_DIR:
    urlpatterns.append(path("local/", include("leadcrm.local.urls")))
