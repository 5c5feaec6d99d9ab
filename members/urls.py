from django.urls import URLPattern, path

from members.views import accounts, appointments, imports, organizations, people

app_name = "members"
urlpatterns: list[URLPattern] = [
    # people
    path("people/", people.index, name="list"),
    path("people/new/", people.enroll, name="enroll"),
    path("people/<uuid:pk>/", people.detail, name="detail"),
    path("people/<uuid:pk>/edit/", people.edit, name="edit"),
    path("people/<uuid:pk>/move/", people.transfer, name="transfer"),
    path("people/<uuid:pk>/death/", people.act, {"name": "death"}, name="death"),
    path("people/<uuid:pk>/leaving/", people.act, {"name": "leaving"}, name="leaving"),
    path("people/<uuid:pk>/suspend/", people.act, {"name": "suspend"}, name="suspend"),
    path("people/<uuid:pk>/restore/", people.act, {"name": "restore"}, name="restore"),
    path("people/<uuid:pk>/put-back/", people.act, {"name": "put-back"}, name="put-back"),
    path("people/<uuid:pk>/masked/<slug:group>/", people.masked, name="masked"),
    path("people/<uuid:pk>/unmask/<slug:group>/", people.unmask, name="unmask"),
    # organizations
    path("organizations/", organizations.index, name="organizations"),
    path("organizations/options/", organizations.options, name="organization-options"),
    path("organizations/<int:pk>/", organizations.detail, name="organization"),
    path("organizations/<int:pk>/children/", organizations.children, name="organization-children"),
    path("organizations/<int:pk>/rename/", organizations.rename, name="organization-rename"),
    path("organizations/<int:pk>/found/", organizations.found, name="organization-found"),
    path("organizations/<int:pk>/move/", organizations.move, name="organization-move"),
    path("organizations/<int:pk>/close/", organizations.close, name="organization-close"),
    # roster import
    path("imports/", imports.index, name="imports"),
    path("imports/new/", imports.new, name="import-new"),
    path("imports/template/roster/", imports.template, {"kind": "roster"}, name="import-template"),
    path("imports/template/organizations/", imports.template, {"kind": "organizations"}, name="import-template-tree"),
    path("imports/<uuid:pk>/", imports.detail, name="import"),
    path("imports/<uuid:pk>/columns/", imports.columns, name="import-columns"),
    path("imports/<uuid:pk>/again/", imports.again, name="import-again"),
    path("imports/<uuid:pk>/transfers/", imports.transfers, name="import-transfers"),
    path("imports/<uuid:pk>/confirm/", imports.confirm, name="import-confirm"),
    path("imports/<uuid:pk>/discard/", imports.discard, name="import-discard"),
    path("imports/<uuid:pk>/cancel/", imports.cancel, name="import-cancel"),
    path("imports/<uuid:pk>/rejected/", imports.rejected, name="import-rejected"),
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
