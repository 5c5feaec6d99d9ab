from django.urls import URLPattern

app_name = "visits"
urlpatterns: list[URLPattern] = [
    # due list, logging, actions, photos
    # rules, records to complete
]
