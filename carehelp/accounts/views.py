from django.contrib.auth import views as auth_views
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from carehelp.accounts.models import SignIn as SignInRecord
from carehelp.accounts.requests import AuthedRequest


class SignIn(auth_views.LoginView):
    template_name = "accounts/sign_in.html"
    redirect_authenticated_user = True


class SignOut(auth_views.LogoutView):
    pass


def locked_out(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
    return render(request, "accounts/locked_out.html", status=429)


def me(request: AuthedRequest) -> HttpResponse:
    """My account: preferences and the newest sign-ins."""
    return render(request, "accounts/me.html", {"sign_ins": SignInRecord.objects.visible_to(request.user)[:20]})
