from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from carehelp.accounts import lockout
from carehelp.accounts.forms import PasswordForm, PreferencesForm, SignInForm
from carehelp.accounts.models import SignIn as SignInRecord
from carehelp.accounts.requests import AuthedRequest
from carehelp.accounts.signals import signed_in
from carehelp.lib import clock

NEWEST = 20


class SignIn(auth_views.LoginView):
    """Sign in; `next` leads back to where a session ended, on this site only."""

    template_name = "accounts/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        answer = super().form_valid(form)
        signed_in.send(type(self), user=form.get_user())
        return answer


class SignOut(auth_views.LogoutView):
    """Sign out (POST only)."""


@login_not_required
def locked_out(request: HttpRequest, response: HttpResponse | None, credentials: dict[str, str]) -> HttpResponse:
    """What django-axes shows instead of the sign-in page once an account is locked."""
    context = {"until": lockout.locked_until(credentials.get("username") or request.POST.get("username", ""))}
    return render(request, "accounts/locked_out.html", context, status=429)


@login_not_required
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Choose the language before signing in (afterwards it is a preference of the account)."""
    onward = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(onward, {request.get_host()}, require_https=request.is_secure()):
        onward = settings.LOGIN_URL
    response = redirect(onward)
    chosen = request.POST.get("language", "")
    if chosen in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, chosen, httponly=True, samesite="Lax", secure=request.is_secure()
        )
    return response


def me(request: AuthedRequest) -> HttpResponse:
    """My account: appointments, preferences and the newest sign-ins."""
    form = PreferencesForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("accounts:me")
    context = {
        "form": form,
        "today": clock.today(),
        "appointments": request.user.appointments.in_force(clock.today()).select_related("organization"),
        "sign_ins": SignInRecord.objects.visible_to(request.user).order_by("-at")[:NEWEST],
    }
    return render(request, "accounts/me.html", context)


@sensitive_post_parameters()
def password(request: AuthedRequest) -> HttpResponse:
    """Change the own password; every other session of this account ends with it."""
    form = PasswordForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        update_session_auth_hash(request, form.save())
        messages.success(request, _("The password has been changed. Other devices have to sign in again."))
        return redirect("accounts:me")
    return render(request, "accounts/password.html", {"form": form, "forced": request.user.must_change_password})
