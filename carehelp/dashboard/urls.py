from django.urls import path

from carehelp.dashboard import views

app_name = "dashboard"
urlpatterns = [
    path("", views.home, name="home"),
    path("overview/<int:pk>/", views.organization, name="organization"),
    path("overview/<int:pk>/<slug:figure>/", views.rows, name="rows"),
]
