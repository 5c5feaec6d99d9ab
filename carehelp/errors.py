"""Pages for what went wrong: each says what to do next."""

from urllib.parse import urlencode, urlsplit

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "errors/400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "errors/403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "errors/404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Rendered without the request: who is asking stands in the database, which may be what has failed."""
    return HttpResponse(render_to_string("errors/500.html"), status=500)


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Most often somebody signed in again in another tab; what was typed is kept on the device by the draft script.

    The way back leads to the page with the form, through signing in where the session has ended.
    """
    back = urlsplit(request.headers.get("Referer", "")).path or "/"
    if not url_has_allowed_host_and_scheme(back, None):
        back = "/"
    if not request.user.is_authenticated:
        back = f"{resolve_url('accounts:sign-in')}?{urlencode({'next': back})}"
    return render(request, "errors/csrf.html", {"back": back}, status=403)
