from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from carehelp.accounts.requests import AuthedRequest
from carehelp.lib import clock
from members import roles
from members.access import holds, require_perm
from visits import actions, due_list
from visits.forms import DueFilter, ReasonForm
from visits.models import Duty
from visits.rules import catalogue


@require_perm(roles.VIEW_PEOPLE)
def due(request: AuthedRequest) -> HttpResponse:
    """What is late, to be done now and coming, in the person's scope; one section alone with `?section=`."""
    today = clock.today()
    form = DueFilter(request.GET, rules=[(rule.code, rule.title) for rule in catalogue.rules()])
    wanted = form.wanted()
    duties = due_list.narrowed(Duty.objects.visible_to(request.user, roles.VIEW_PEOPLE), request.user, **wanted)
    single = next((kind for kind in due_list.SECTIONS if kind.name == request.GET.get("section")), None)
    if single:
        sections = [due_list.section(duties, single, today, after=request.GET.get("after", ""))]
    else:
        sections = due_list.all_sections(duties, today)
    context = {"form": form, "sections": sections, "single": single, "today": today, "filtered": any(wanted.values())}
    rows = due_list.with_people([duty for section in sections for duty in section.rows])
    context["many_branches"] = len({duty.organization_id for duty in rows}) > 1
    context["loggable"] = _loggable(request, rows)
    return render(request, "visits/_due.html" if request.htmx else "visits/due.html", context)


@require_perm(roles.WAIVE_DUTY)
def waive(request: AuthedRequest, pk: UUID) -> HttpResponse:
    duty = get_object_or_404(
        Duty.objects.visible_to(request.user, roles.WAIVE_DUTY).select_related("member", "organization"), pk=pk
    )
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.waive_duty(duty, reason=form.cleaned_data["reason"], by=request.user, today=clock.today())
        except actions.NotPossible as refusal:
            form.add_error("reason", str(refusal))
        else:
            return redirect("visits:person", pk=duty.member_id) if duty.member_id else redirect("visits:due")
    return render(request, "visits/waive.html", {"form": form, "duty": duty, "today": clock.today()})


def _loggable(request: AuthedRequest, duties: list[Duty]) -> set[object]:
    """Ids of the duties beside which the button for logging stands."""
    if not holds(request.user, roles.LOG_CARE):
        return set()
    rows = Duty.objects.visible_to(request.user, roles.LOG_CARE).filter(pk__in=[duty.pk for duty in duties])
    return set(rows.values_list("pk", flat=True))
