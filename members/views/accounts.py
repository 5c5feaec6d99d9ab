"""The system administrator's pages: accounts, never people."""

from collections.abc import Callable

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from carehelp.accounts import lockout
from carehelp.accounts.models import User
from carehelp.accounts.requests import AuthedRequest
from carehelp.lib import clock
from members import accounts
from members.access import require_perm
from members.errors import NotPossible
from members.power_forms import AccountFilter, AccountForm
from members.roles import MANAGE_ACCOUNTS

PAGE = 50


@require_perm(MANAGE_ACCOUNTS)
def index(request: AuthedRequest) -> HttpResponse:
    """Accounts in reach, found by name."""
    wanted = AccountFilter(request.GET)
    rows = accounts.in_reach(request.user, clock.today())
    if wanted.is_valid():
        if words := wanted.cleaned_data["q"]:
            rows = rows.filter(Q(username__contains=words.lower()) | Q(display_name__contains=words))
        if state := wanted.cleaned_data["state"]:
            rows = rows.filter(is_active=state == "active")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return render(request, "members/accounts/list.html", {"page": page, "form": wanted})


@require_perm(MANAGE_ACCOUNTS)
def new(request: AuthedRequest) -> HttpResponse:
    """Open an account; its one-time password is in this answer and nowhere else."""
    form = AccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            account, password = accounts.create(**form.cleaned_data, by=request.user)
        except NotPossible as reason:
            form.add_error("username", str(reason))
        else:
            return _handed_out(request, account, password)
    return render(request, "members/accounts/new.html", {"form": form})


@require_perm(MANAGE_ACCOUNTS)
def detail(request: AuthedRequest, pk: int) -> HttpResponse:
    """One account and what can be done about it."""
    account = _account(request, pk)
    context = {"account": account, "locked_until": lockout.locked_until(account.username)}
    return render(request, "members/accounts/detail.html", context)


@require_POST
@require_perm(MANAGE_ACCOUNTS)
def close(request: AuthedRequest, pk: int) -> HttpResponse:
    return _do(request, pk, accounts.close, _("The account is deactivated."))


@require_POST
@require_perm(MANAGE_ACCOUNTS)
def reopen(request: AuthedRequest, pk: int) -> HttpResponse:
    return _do(request, pk, accounts.reopen, _("The account is active again."))


@require_POST
@require_perm(MANAGE_ACCOUNTS)
def unlock(request: AuthedRequest, pk: int) -> HttpResponse:
    return _do(request, pk, accounts.unlock, _("The lock is lifted."))


@require_POST
@require_perm(MANAGE_ACCOUNTS)
def new_password(request: AuthedRequest, pk: int) -> HttpResponse:
    """A new one-time password, in this answer and nowhere else."""
    account = _account(request, pk)
    try:
        password = accounts.reset_password(account, by=request.user)
    except NotPossible as reason:
        messages.error(request, str(reason))
        return redirect("members:account", pk=account.pk)
    return _handed_out(request, account, password)


def _account(request: AuthedRequest, pk: int) -> User:
    return get_object_or_404(accounts.in_reach(request.user, clock.today()), pk=pk)


def _do(request: AuthedRequest, pk: int, act: Callable[..., None], done: str) -> HttpResponse:
    account = _account(request, pk)
    try:
        act(account, by=request.user)
    except NotPossible as reason:
        messages.error(request, str(reason))
    else:
        messages.success(request, done)
    return redirect("members:account", pk=account.pk)


def _handed_out(request: AuthedRequest, account: User, password: str) -> HttpResponse:
    return render(request, "members/accounts/password.html", {"account": account, "password": password})
