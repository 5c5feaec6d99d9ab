from django.urls import path

from carehelp.dashboard import views

app_name = "dashboard"
urlpatterns = [path("", views.home, name="home")]
