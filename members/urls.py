from django.urls import URLPattern, path

from members.views import accounts, appointments

app_name = "members"
urlpatterns: list[URLPattern] = [
    # people
    # organizations
    # roster import
    # accounts and appointments
    path("accounts/", accounts.index, name="accounts"),
    path("accounts/new/", accounts.new, name="account-new"),
    path("accounts/<int:pk>/", accounts.detail, name="account"),
    path("accounts/<int:pk>/close/", accounts.close, name="account-close"),
    path("accounts/<int:pk>/reopen/", accounts.reopen, name="account-reopen"),
    path("accounts/<int:pk>/unlock/", accounts.unlock, name="account-unlock"),
    path("accounts/<int:pk>/password/", accounts.new_password, name="account-password"),
    path("appointments/", appointments.index, name="appointments"),
    path("appointments/new/", appointments.new, name="appointment-new"),
    path("appointments/<int:pk>/", appointments.detail, name="appointment"),
    path("appointments/<int:pk>/end/", appointments.end, name="appointment-end"),
    path("appointments/<int:pk>/hand-over/", appointments.hand_over, name="appointment-hand-over"),
]
