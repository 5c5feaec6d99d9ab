"""Importing rosters and organizations on screen: upload, columns, progress, preview, confirmation, result."""

import tempfile
from pathlib import Path
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from carehelp.accounts.requests import AuthedRequest
from carehelp.audit.models import AuditEvent
from carehelp.audit.trail import record
from carehelp.jobs import work
from carehelp.jobs.models import Job
from carehelp.lib import clock
from carehelp.lib.sheets import CannotRead
from members.access import require_perm
from members.errors import NotPossible
from members.import_forms import ColumnsForm, UploadForm
from members.models import Organization, RosterImport
from members.roles import IMPORT_PEOPLE
from members.roster import intake, showing

State = RosterImport.State
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NEWEST = 100
ORGANIZATION_ROWS = 500


@require_GET
@require_perm(IMPORT_PEOPLE)
def index(request: AuthedRequest) -> HttpResponse:
    rows = _visible(request).select_related("organization")[:NEWEST]
    return render(request, "members/imports/list.html", {"imports": rows})


@require_perm(IMPORT_PEOPLE)
def new(request: AuthedRequest) -> HttpResponse:
    form = UploadForm(request.POST or None, request.FILES or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        file, kind, organization = (form.cleaned_data[name] for name in ("file", "kind", "organization"))
        try:
            roster = intake.start(
                kind=kind, organization=organization, content=file.read(), file_name=file.name, by=request.user
            )
        except CannotRead as reason:
            form.add_error("file", str(reason))
        else:
            return redirect("members:import", pk=roster.pk)
    return render(request, "members/imports/new.html", {"form": form})


@require_GET
@require_perm(IMPORT_PEOPLE)
def detail(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Wherever the import stands: its columns, its progress, its preview or its result."""
    roster = _import(request, pk)
    job = Job.objects.visible_to(request.user).filter(pk=roster.job_id).first() if roster.job_id else None
    if roster.is_running and request.htmx:
        return _progress(request, roster, job)
    roster = intake.settle(roster, job)
    if roster.state == State.UPLOADED:
        return _columns(request, roster, job)
    return _preview(request, roster, job) if roster.state == State.PREVIEW else _standing(request, roster, job)


@require_POST
@require_perm(IMPORT_PEOPLE)
def columns(request: AuthedRequest, pk: UUID) -> HttpResponse:
    roster = _import(request, pk)
    try:
        form = _columns_form(roster, request.POST.get("sheet", ""), request.POST.get("header_row", ""), request.POST)
        if not form.is_valid():
            raise NotPossible(
                " ".join(str(error) for error in form.non_field_errors()) or _("Please check the columns.")
            )
        intake.choose_columns(roster, sheet_name=form.look.sheet.name, layout=form.layout(), by=request.user)
    except (NotPossible, CannotRead) as reason:
        messages.error(request, str(reason))
        return _columns(request, roster, None, data=request.POST)
    return redirect("members:import", pk=roster.pk)


@require_POST
@require_perm(IMPORT_PEOPLE)
def again(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Back from the preview to the columns."""
    intake.reopen(_import(request, pk))
    return redirect("members:import", pk=pk)


@require_POST
@require_perm(IMPORT_PEOPLE)
def transfers(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Keep which transfers are ticked: those of the page shown, or all at once."""
    roster = _import(request, pk)
    if request.POST.get("all") in ("yes", "no"):
        _try(request, lambda: intake.confirm_all_transfers(roster, moves=request.POST["all"] == "yes"))
    else:
        shown, ticked = (_numbers(request.POST.getlist(name)) for name in ("shown", "moves"))
        _try(request, lambda: intake.confirm_transfers(roster, shown=shown, ticked=ticked))
    if request.POST.get("then") == "confirm":
        return confirm(request, pk)  # type: ignore[no-any-return]  # The decorators lose its type.
    return redirect(f"{request.path.removesuffix('transfers/')}?tab=transfers&page={request.POST.get('page', '1')}")


@require_POST
@require_perm(IMPORT_PEOPLE)
def confirm(request: AuthedRequest, pk: UUID) -> HttpResponse:
    roster = _import(request, pk)
    _try(request, lambda: intake.confirm(roster, by=request.user))
    return redirect("members:import", pk=pk)


@require_POST
@require_perm(IMPORT_PEOPLE)
def discard(request: AuthedRequest, pk: UUID) -> HttpResponse:
    roster = _import(request, pk)
    _try(request, lambda: intake.discard(roster, now=clock.now()))
    return redirect("members:imports")


@require_POST
@require_perm(IMPORT_PEOPLE)
def cancel(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """Stop the work that is under way; nothing of it stays."""
    roster = _import(request, pk)
    job = get_object_or_404(Job.objects.visible_to(request.user), pk=roster.job_id)
    work.cancel(job)
    return redirect("members:import", pk=pk)


@require_GET
@require_perm(IMPORT_PEOPLE)
def rejected(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """The rejected rows as a workbook, to be mended and uploaded again."""
    roster = _import(request, pk)
    if not roster.is_roster or roster.state not in (State.PREVIEW, State.DONE) or not roster.rejected_kept:
        raise Http404
    record(
        AuditEvent.Verb.EXPORTED,
        by=request.user,
        target=f"import:{roster.pk}",
        organization_id=roster.organization_id,
        rows=roster.counts["rejected"],
    )
    return _workbook(_("rejected rows") + ".xlsx", lambda path: showing.write_rejected(roster, path))


@require_GET
@require_perm(IMPORT_PEOPLE)
def template(request: AuthedRequest, kind: str) -> HttpResponse:
    scope = Organization.objects.visible_to(request.user, IMPORT_PEOPLE).open().order_by("path").first()
    name = _("template: organizations") if kind == "organizations" else _("template: roster")
    return _workbook(f"{name}.xlsx", lambda path: showing.write_template(path, kind, scope))


def _visible(request: AuthedRequest) -> Any:
    return RosterImport.objects.visible_to(request.user, IMPORT_PEOPLE)


def _import(request: AuthedRequest, pk: UUID) -> RosterImport:
    found: RosterImport = get_object_or_404(_visible(request).select_related("organization"), pk=pk)
    return found


def _progress(request: AuthedRequest, roster: RosterImport, job: Job | None) -> HttpResponse:
    """The fragment that asks again every second; when the work has ended the page takes over."""
    if job is None or job.ended:
        return HttpResponse(headers={"HX-Refresh": "true"})
    context = {"roster": roster, "job": job, "progress": work.progress_of(job)}
    return render(request, "members/imports/_progress.html", context)


def _standing(request: AuthedRequest, roster: RosterImport, job: Job | None) -> HttpResponse:
    """Under way, or ended."""
    context: dict[str, Any] = {"roster": roster, "job": job}
    if job is not None and roster.is_running:
        context["progress"] = work.progress_of(job)
        return render(request, "members/imports/running.html", context)
    return render(request, "members/imports/result.html", context)


def _columns(request: AuthedRequest, roster: RosterImport, job: Job | None, data: Any = None) -> HttpResponse:
    chosen = data or request.GET
    try:
        form = _columns_form(roster, chosen.get("sheet", ""), chosen.get("header_row", ""), data)
    except CannotRead as reason:
        messages.error(request, str(reason))
        return render(request, "members/imports/result.html", {"roster": roster, "job": job})
    context = {"roster": roster, "job": job, "form": form}
    return render(request, "members/imports/columns.html", context)


def _columns_form(roster: RosterImport, sheet_name: str, header_row: str, data: Any) -> ColumnsForm:
    row = int(header_row) if header_row.isdecimal() else None
    return ColumnsForm(data, look=intake.look_at(roster, sheet_name=sheet_name, header_row=row))


def _preview(request: AuthedRequest, roster: RosterImport, job: Job | None) -> HttpResponse:
    if not roster.is_roster:
        return _organizations_preview(request, roster, job)
    groups = showing.tab_counts(roster)
    first = next((key for key, _words, count in groups if count), "new")
    tab = request.GET.get("tab") if request.GET.get("tab") in showing.TABS else first
    number = request.GET.get("page", "1")
    page = showing.page(roster, str(tab), int(number) if number.isdecimal() else 1)
    context = {"roster": roster, "job": job, "groups": groups, "tab": tab, "page": page}
    return render(request, "members/imports/preview.html", context)


def _organizations_preview(request: AuthedRequest, roster: RosterImport, job: Job | None) -> HttpResponse:
    try:
        planned = intake.organization_plan(roster)
    except CannotRead as reason:
        messages.error(request, str(reason))
        return render(request, "members/imports/result.html", {"roster": roster, "job": job})
    doing = [row for row in planned.rows if row.action != "unchanged"]
    doing.sort(key=lambda row: row.action != "rejected")
    context = {"roster": roster, "job": job, "rows": doing[:ORGANIZATION_ROWS], "more": len(doing) - ORGANIZATION_ROWS}
    return render(request, "members/imports/organizations.html", context)


def _try(request: AuthedRequest, step: Any) -> None:
    try:
        step()
    except NotPossible as reason:
        messages.warning(request, str(reason))


def _numbers(texts: list[str]) -> list[int]:
    return [int(text) for text in texts if text.isdecimal()]


def _workbook(name: str, write: Any) -> HttpResponse:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sheet.xlsx"
        write(path)
        response = HttpResponse(path.read_bytes(), content_type=XLSX)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response
