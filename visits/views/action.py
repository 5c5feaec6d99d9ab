from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from carehelp.accounts.requests import AuthedRequest
from carehelp.lib import clock
from members import roles
from members.access import can, require_perm
from members.models import Member
from visits import actions, photos, record
from visits.forms import CorrectionForm, ReasonForm
from visits.models import CareAction, Duty, Photo


@require_perm(roles.VIEW_PEOPLE)
def action(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """What was recorded; the text is sealed in the database, so opening this page leaves a trace."""
    shown = _action(request, pk, roles.VIEW_PEOPLE)
    pictures = list(shown.photos.order_by("id"))
    record.viewed(shown, request.user, photos=len(pictures))
    duties = Duty.objects.visible_to(request.user, roles.VIEW_PEOPLE)
    context = {
        "action": shown,
        "texts": record.texts(shown),
        "photos": pictures,
        "fulfilled": list(shown.fulfils.order_by("due", "id")),
        "changes": record.changes(shown),
        "may_change": shown.cancelled_at is None and can(request.user, roles.LOG_CARE, shown),
        "saved": "saved" in request.GET,
        # Somebody who moved away since is told about by the new branch.
        "here": can(request.user, roles.VIEW_PEOPLE, shown.member),
        "next_duty": record.next_duty(duties, shown.member),
        "today": clock.today(),
    }
    return render(request, "visits/action.html", context)


@require_perm(roles.LOG_CARE)
def correct(request: AuthedRequest, pk: UUID) -> HttpResponse:
    shown = _action(request, pk, roles.LOG_CARE)
    record.viewed(shown, request.user, photos=0)
    plain = {name: getattr(shown, name) for name in ("kind", "on", "who_went", "next_on")}
    initial = plain | record.texts(shown) | {"version": actions.version_of(shown)}
    form = CorrectionForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            lost = actions.correct_action(shown, by=request.user, today=clock.today(), **form.cleaned_data)
        except actions.NotPossible as refusal:
            form.refuse(refusal)
        else:
            _tell_open_again(request, lost)
            return redirect("visits:action", pk=shown.pk)
    return render(request, "visits/correct.html", {"form": form, "action": shown})


@require_perm(roles.LOG_CARE)
def cancel(request: AuthedRequest, pk: UUID) -> HttpResponse:
    shown = _action(request, pk, roles.LOG_CARE)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            reopened = actions.cancel_action(
                shown, reason=form.cleaned_data["reason"], by=request.user, today=clock.today()
            )
        except actions.NotPossible as refusal:
            form.add_error("reason", str(refusal))
        else:
            _tell_open_again(request, reopened)
            return redirect("visits:action", pk=shown.pk)
    return render(request, "visits/cancel.html", {"form": form, "action": shown, "fulfilled": shown.fulfils.all()})


@require_perm(roles.VIEW_PEOPLE)
def photo(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """A picture, opened for somebody in whose scope its action lies; not kept by browsers or proxies."""
    shown = get_object_or_404(Photo.objects.visible_to(request.user, roles.VIEW_PEOPLE), pk=pk)
    try:
        content = photos.content(shown)
    except FileNotFoundError:
        raise Http404 from None
    headers = {"Cache-Control": "private, no-store", "Content-Disposition": "inline"}
    return HttpResponse(content, content_type="image/jpeg", headers=headers)


@require_perm(roles.VIEW_PEOPLE)
def person(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """A person's care over time: what is owed now, what was done and what ended otherwise."""
    rows = Member.objects.visible_to(request.user, roles.VIEW_PEOPLE).select_related("organization")
    member = get_object_or_404(rows, pk=pk)
    duties = Duty.objects.visible_to(request.user, roles.VIEW_PEOPLE).filter(member=member)
    acts = CareAction.objects.visible_to(request.user, roles.VIEW_PEOPLE).filter(member=member)
    ended = duties.exclude(status=Duty.Status.OPEN).order_by("-due", "-id")[: record.TIMELINE]
    newest = acts.prefetch_related("fulfils").order_by("-on", "-id")[: record.TIMELINE]
    context = {
        "member": member,
        "owed": duties.filter(status=Duty.Status.OPEN).order_by("grace_until", "id")[: record.TIMELINE],
        "entries": record.timeline(newest, ended),
        "may_log": can(request.user, roles.LOG_CARE, member),
        "may_waive": can(request.user, roles.WAIVE_DUTY, member),
        "today": clock.today(),
    }
    return render(request, "visits/person.html", context)


def _action(request: AuthedRequest, pk: UUID, perm: str) -> CareAction:
    rows = CareAction.objects.visible_to(request.user, perm)
    return get_object_or_404(rows.select_related("member", "organization", "created_by", "cancelled_by"), pk=pk)


def _tell_open_again(request: AuthedRequest, duties: list[Duty]) -> None:
    if duties:
        words = ngettext("%(count)s duty is open again.", "%(count)s duties are open again.", len(duties))
        messages.info(request, words % {"count": len(duties)})
    else:
        messages.success(request, _("Saved."))
