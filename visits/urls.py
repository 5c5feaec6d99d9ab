from django.urls import path

from visits.views import action, due, log, rules

app_name = "visits"
urlpatterns = [
    # due list, logging, actions, photos
    path("due/", due.due, name="due"),
    path("log/", log.start, name="start"),
    path("log/duty/<uuid:pk>/", log.for_duty, name="log"),
    path("log/person/<uuid:pk>/", log.for_person, name="log-person"),
    path("duties/<uuid:pk>/waive/", due.waive, name="waive"),
    path("actions/<uuid:pk>/", action.action, name="action"),
    path("actions/<uuid:pk>/correct/", action.correct, name="correct"),
    path("actions/<uuid:pk>/cancel/", action.cancel, name="cancel"),
    path("photos/<uuid:pk>/", action.photo, name="photo"),
    path("people/<uuid:pk>/care/", action.person, name="person"),
    # rules, records to complete
    path("rules/", rules.rules, name="rules"),
    path("records-to-complete/", rules.records_to_complete, name="records-to-complete"),
]
