from django.urls import path

from carehelp.reports.views import audit, catalogue

app_name = "reports"
urlpatterns = [
    path("", catalogue.index, name="index"),
    path("<slug:name>/", catalogue.ask, name="ask"),
]
# The auditor's pages have a part of the address space, and a namespace, of their own.
audit_urlpatterns = [
    path("", audit.events, name="list"),
    path("verify/", audit.verify, name="verify"),
    path("people/<uuid:pk>/", audit.person, name="person"),
]
