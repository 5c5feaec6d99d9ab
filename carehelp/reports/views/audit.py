"""The auditor's pages: what happened in scope, who looked at one person, whether the chain holds."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from carehelp.accounts.requests import AuthedRequest
from carehelp.audit.models import AuditEvent
from carehelp.jobs import work
from carehelp.reports import evidence
from carehelp.reports.forms import AuditFilter
from members.access import require_perm
from members.models import Member
from members.roles import VIEW_AUDIT

PAGE = 50


@require_safe
@require_perm(VIEW_AUDIT)
def events(request: AuthedRequest) -> HttpResponse:
    form = AuditFilter(request.GET or None, user=request.user)
    rows = AuditEvent.objects.visible_to(request.user, VIEW_AUDIT)
    if form.is_valid():
        rows = evidence.narrowed(rows, **form.cleaned_data)
    page = _page(request, rows)
    context = {"form": form, "page": page, "entries": evidence.entries(page.object_list, request.user)}
    return render(request, "audit/list.html", context | {"check": evidence.last_check(), "query": _query(request)})


@require_safe
@require_perm(VIEW_AUDIT)
def person(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Who looked at this person: for auditors with the name, for audit administrators by the id alone."""
    subject = get_object_or_404(Member.objects.visible_to(request.user, VIEW_AUDIT).only("id"), pk=pk)
    rows = AuditEvent.objects.visible_to(request.user, VIEW_AUDIT).about_person(str(subject.pk))
    page = _page(request, rows)
    entries = evidence.entries(page.object_list, request.user)
    context = {"pk": subject.pk, "page": page, "entries": entries, "name": evidence.name_for(request.user, subject.pk)}
    return render(request, "audit/person.html", context | {"query": ""})


@require_POST
@require_perm(VIEW_AUDIT)
def verify(request: AuthedRequest) -> HttpResponse:
    """Check the whole chain in the background."""
    job = work.ask(evidence.KIND, by=request.user)
    return redirect("jobs:detail", pk=job.pk)


def _page(request: AuthedRequest, rows: Any) -> Any:
    return evidence.Pages(rows, PAGE).get_page(request.GET.get("page"))


def _query(request: AuthedRequest) -> str:
    kept = request.GET.copy()
    kept.pop("page", None)
    return f"{kept.urlencode()}&" if kept else ""
