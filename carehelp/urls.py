"""Where every page lives."""

from django.urls import include, path

from carehelp import health
from carehelp.reports.urls import audit_urlpatterns

handler400 = "carehelp.errors.bad_request"
handler403 = "carehelp.errors.forbidden"
handler404 = "carehelp.errors.not_found"
handler500 = "carehelp.errors.server_error"

urlpatterns = [
    path("", include("carehelp.dashboard.urls")),
    path("", include("members.urls")),
    path("", include("visits.urls")),
    path("account/", include("carehelp.accounts.urls")),
    path("jobs/", include("carehelp.jobs.urls")),
    path("reports/", include("carehelp.reports.urls")),
    path("audit/", include((audit_urlpatterns, "audit"))),
    path("healthz", health.healthz, name="healthz"),
]
