"""Choosing a report, asking for it; a job makes it."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from carehelp.accounts.requests import AuthedRequest
from carehelp.jobs import work
from carehelp.jobs.models import Job
from carehelp.lib import clock
from carehelp.reports import catalogue, wishes
from carehelp.reports.forms import ReportForm
from members.access import require_perm
from members.models import Member
from members.roles import EXPORT
from visits import due_list

RECENT = 10
FOUND = 20


@require_safe
@require_perm(EXPORT)
def index(request: AuthedRequest) -> HttpResponse:
    """The catalogue, and the reports that this person asked for lately."""
    jobs = Job.objects.visible_to(request.user).filter(kind=wishes.KIND).order_by("-created_at")[:RECENT]
    recent = wishes.told(list(jobs), request.user)
    return render(request, "reports/index.html", {"reports": catalogue.REPORTS, "recent": recent})


@require_perm(EXPORT)
def ask(request: AuthedRequest, name: str) -> HttpResponse:
    report, today = _report(name), clock.today()
    if report.is_about_person and not request.GET.get("member"):
        return _choose_person(request, report)
    member = _member(request) if report.is_about_person else None
    form = ReportForm(request.POST or None, user=request.user, member=member, today=today, initial=_initial(request))
    if request.method == "POST" and form.is_valid():
        params = wishes.params(report, member=member, **form.cleaned_data)
        organization = member.organization if member else form.cleaned_data["organization"]
        job = work.ask(wishes.KIND, by=request.user, organization_id=organization.pk, **params)
        return redirect("jobs:detail", pk=job.pk)
    return render(request, "reports/ask.html", {"report": report, "form": form, "member": member})


def _choose_person(request: AuthedRequest, report: catalogue.Report) -> HttpResponse:
    typed = request.GET.get("q", "").strip()
    found = due_list.named(request.user, typed, perm=EXPORT).select_related("organization")[:FOUND]
    return render(request, "reports/person.html", {"report": report, "typed": typed, "found": found})


def _report(name: str) -> catalogue.Report:
    try:
        return catalogue.report(name)
    except catalogue.UnknownReport:
        raise Http404 from None


def _member(request: AuthedRequest) -> Member:
    try:
        pk = UUID(request.GET["member"])
    except ValueError:
        raise Http404 from None
    people = Member.objects.visible_to(request.user, EXPORT).select_related("organization")
    found: Member = get_object_or_404(people, pk=pk)
    return found


def _initial(request: AuthedRequest) -> dict[str, Any]:
    return {name: request.GET[name] for name in ("organization", "first", "last", "preset") if name in request.GET}
