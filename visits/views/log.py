from typing import cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from carehelp.accounts.requests import AuthedRequest
from carehelp.lib import clock
from members import roles
from members.access import require_perm
from members.models import Member
from visits import actions, due_list
from visits.forms import CorrectionForm, LogForm
from visits.models import Duty
from visits.rules import catalogue


@require_perm(roles.LOG_CARE)
def start(request: AuthedRequest) -> HttpResponse:
    """For whom?  Those due and those of late on top, everybody else by name."""
    typed = request.GET.get("q", "")[:60]
    found = due_list.named(request.user, typed, perm=roles.LOG_CARE).select_related("organization")[:30]
    context = {"q": typed, "found": found, "today": clock.today()}
    if request.htmx:
        return render(request, "visits/_found.html", context)
    context["due"] = due_list.people_due(request.user, clock.today())
    context["of_late"] = due_list.people_of_late(request.user)
    return render(request, "visits/start.html", context)


@require_perm(roles.LOG_CARE)
def for_duty(request: AuthedRequest, pk: UUID) -> HttpResponse:
    rows = Duty.objects.visible_to(request.user, roles.LOG_CARE).filter(member__isnull=False)
    duty = get_object_or_404(rows.select_related("member__organization", "ended_by"), pk=pk)
    return _log(request, cast("Member", duty.member), duty)


@require_perm(roles.LOG_CARE)
def for_person(request: AuthedRequest, pk: UUID) -> HttpResponse:
    rows = Member.objects.visible_to(request.user, roles.LOG_CARE).select_related("organization")
    return _log(request, get_object_or_404(rows, pk=pk), None)


def _log(request: AuthedRequest, member: Member, duty: Duty | None) -> HttpResponse:
    today = clock.today()
    proposed = actions.open_duties(member, today)
    blank = LogForm.blank(member=member, duty=duty, proposed=proposed, who=str(request.user), today=today)
    allowed = Duty.objects.visible_to(request.user, roles.LOG_CARE).filter(member=member)
    sent = request.method == "POST"
    form = LogForm(
        request.POST if sent else None,
        request.FILES if sent else None,
        initial=blank,
        duties=allowed,
        proposed=proposed,
        today=today,
    )
    status = 200
    if sent and form.is_valid():
        try:
            outcome = actions.record_action(member=member, by=request.user, today=today, **form.cleaned_data)
        except actions.NotPossible as refusal:
            form.refuse(refusal)
            if isinstance(refusal, actions.IdTaken):
                form.renew_id()
                status = 409
        else:
            return _recorded(request, outcome)
    context = {"form": form, "member": member, "duty": duty, "today": today}
    return render(request, "visits/log.html", context, status=status)


def _recorded(request: AuthedRequest, outcome: actions.Recorded) -> HttpResponse:
    action = outcome.action
    if outcome.differs:
        # Saved before, and changed on the phone since: nothing is overwritten unasked, and nothing typed is lost.
        data = request.POST.copy()
        data["version"] = str(actions.version_of(action))
        return render(request, "visits/correct.html", {"form": CorrectionForm(data), "action": action, "sent": True})
    for duty in outcome.ended_before:
        words = _("“%(duty)s” had been ended by somebody else already; your record is kept.")
        messages.warning(request, words % {"duty": catalogue.title_of(duty.rule_code)})
    return redirect(reverse("visits:action", args=[action.pk]) + "?saved=1")
