"""The request as views behind the sign-in get it."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from carehelp.accounts.models import User


class AuthedRequest(HttpRequest):
    """A request whose user has signed in (for type checking; `LoginRequiredMiddleware` makes it true)."""

    user: User
    htmx: HtmxDetails
