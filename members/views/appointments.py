"""The security administrator's pages: who holds which power where, never people."""

from datetime import timedelta

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from carehelp.accounts.requests import AuthedRequest
from carehelp.lib import clock
from members import appointments
from members.access import require_perm
from members.errors import NotPossible
from members.models import Appointment, Organization
from members.power_forms import AppointmentFilter, AppointmentForm, EndForm, HandOverForm
from members.roles import MANAGE_POWERS

PAGE = 50
MOST_SUGGESTED = 300


@require_perm(MANAGE_POWERS)
def index(request: AuthedRequest) -> HttpResponse:
    """Appointments in reach; those in force unless another state is asked for."""
    today = clock.today()
    wanted = AppointmentFilter(request.GET)
    rows = wanted.apply(Appointment.objects.visible_to(request.user, MANAGE_POWERS), today)
    rows = rows.select_related("user", "organization").order_by("organization__path", "role", "user__username", "pk")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return render(request, "members/appointments/list.html", {"page": page, "form": wanted, "today": today})


@require_perm(MANAGE_POWERS)
def new(request: AuthedRequest) -> HttpResponse:
    """Appoint somebody at an organization within the own area."""
    today = clock.today()
    places = Organization.objects.visible_to(request.user, MANAGE_POWERS).open()
    form = AppointmentForm(request.POST or None, places=places, initial={"starts": today})
    if request.method == "POST" and form.is_valid():
        try:
            made = appointments.appoint(**form.cleaned_data, by=request.user, today=today)
        except NotPossible as reason:
            form.add_error(None, str(reason))
        else:
            messages.success(request, _("Appointed: %(appointment)s") % {"appointment": made})
            return redirect("members:appointments")
    return render(request, "members/appointments/new.html", {"form": form, "places": places[:MOST_SUGGESTED]})


@require_perm(MANAGE_POWERS)
def detail(request: AuthedRequest, pk: int) -> HttpResponse:
    """One appointment: end it, hand it over, and how it came about."""
    return _page(request, _appointment(request, pk))


@require_POST
@require_perm(MANAGE_POWERS)
def end(request: AuthedRequest, pk: int) -> HttpResponse:
    appointment, form = _appointment(request, pk), EndForm(request.POST)
    if form.is_valid():
        try:
            appointments.end(appointment, **form.cleaned_data, by=request.user, today=clock.today())
        except NotPossible as reason:
            form.add_error(None, str(reason))
        else:
            messages.success(request, _("The end of the appointment is recorded."))
            return redirect("members:appointments")
    return _page(request, appointment, end_form=form)


@require_POST
@require_perm(MANAGE_POWERS)
def hand_over(request: AuthedRequest, pk: int) -> HttpResponse:
    appointment, form = _appointment(request, pk), HandOverForm(request.POST)
    if form.is_valid():
        try:
            appointments.hand_over(appointment, **form.cleaned_data, by=request.user, today=clock.today())
        except NotPossible as reason:
            form.add_error(None, str(reason))
        else:
            messages.success(request, _("The appointment has been handed over."))
            return redirect("members:appointments")
    return _page(request, appointment, hand_over_form=form)


def _appointment(request: AuthedRequest, pk: int) -> Appointment:
    rows = Appointment.objects.visible_to(request.user, MANAGE_POWERS).select_related("user", "organization")
    return get_object_or_404(rows, pk=pk)


def _page(
    request: AuthedRequest,
    appointment: Appointment,
    *,
    end_form: EndForm | None = None,
    hand_over_form: HandOverForm | None = None,
) -> HttpResponse:
    today = clock.today()
    context = {
        "appointment": appointment,
        "over": appointment.ends is not None and appointment.ends < today,
        "end_form": end_form or EndForm(initial={"last_day": today - timedelta(days=1)}),
        "hand_over_form": hand_over_form or HandOverForm(initial={"on": today}),
        "history": appointment.history.select_related("history_user").order_by("-history_date")[:20],
    }
    return render(request, "members/appointments/detail.html", context)
