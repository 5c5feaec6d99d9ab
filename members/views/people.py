"""People on screen: the list, one person, and what is recorded about them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from carehelp.accounts.requests import AuthedRequest
from carehelp.lib import clock
from members import forms, masking, people, profile, timeline
from members.access import holds, powers_of, require_perm
from members.errors import AlreadyOnRoster, ChangedMeanwhile, NotPossible
from members.filters import MemberFilter, id_number_in
from members.models import Member, Organization
from members.party_age import of as party_age_of
from members.roles import EDIT_PEOPLE, EXPORT, LOG_CARE, UNMASK_PEOPLE, VIEW_AUDIT, VIEW_ORGANIZATIONS, VIEW_PEOPLE
from members.tables import member_page


@require_perm(VIEW_PEOPLE)
def index(request: AuthedRequest) -> HttpResponse:
    today = clock.today()
    rows = Member.objects.visible_to(request.user, VIEW_PEOPLE)
    narrowed = MemberFilter(request.GET, queryset=rows, user=request.user, today=today)
    table, page = member_page(request, narrowed.qs, searched=narrowed.searched)
    for person in page:
        person.age = person.age_on(today)
        person.party_years = party_age_of(person).years_on(today)
    context = {"filter": narrowed, "table": table, "page": page, "may_enroll": holds(request.user, EDIT_PEOPLE)}
    response = render(request, "members/people/list.html", context)
    if id_number_in(request.GET.get("q", "")):
        # The number must not stay behind in a shared browser's history.
        response["HX-Push-Url"] = "false"
    return response


@require_perm(VIEW_PEOPLE)
def detail(request: AuthedRequest, pk: UUID) -> HttpResponse:
    member = _member(request, VIEW_PEOPLE, pk)
    powers, path = powers_of(request.user), member.organization.path
    may = {
        "edit": powers.reaches(EDIT_PEOPLE, path),
        "unmask": powers.reaches(UNMASK_PEOPLE, path),
        "log": powers.reaches(LOG_CARE, path) and member.is_in_place,
        "audit": powers.reaches(VIEW_AUDIT, path),
        "export": powers.reaches(EXPORT, path),
    }
    nameable = Organization.objects.visible_to(request.user, VIEW_ORGANIZATIONS)
    shown = profile.of(member, nameable=nameable, today=clock.today())
    return render(request, "members/people/detail.html", {"profile": shown, "member": member, "may": may})


@require_perm(EDIT_PEOPLE)
def enroll(request: AuthedRequest) -> HttpResponse:
    today, branches = clock.today(), _branches(request)
    form = forms.EnrollForm(request.POST or None, today=today, branches=branches, initial=_only_branch(branches))
    if request.method == "POST" and form.is_valid():
        try:
            branch = form.cleaned_data["branch"]
            member = people.enroll(organization=branch, by=request.user, today=today, **form.facts())
        except AlreadyOnRoster as refusal:
            form.add_error("id_number", str(refusal))
        except NotPossible as refusal:
            form.add_error("branch", str(refusal))
        else:
            messages.success(request, _("%(name)s was put on the roster.") % {"name": member.name})
            return redirect("members:detail", member.pk)
    return render(request, "members/people/enroll.html", {"form": form})


@require_perm(EDIT_PEOPLE)
def edit(request: AuthedRequest, pk: UUID) -> HttpResponse:
    member, today, meanwhile = _member(request, EDIT_PEOPLE, pk), clock.today(), []
    form = forms.EditForm(request.POST or None, member=member, today=today)
    if request.method == "POST" and form.is_valid():
        try:
            people.correct(member, by=request.user, today=today, seen=form.cleaned_data["seen"], **form.facts())
        except ChangedMeanwhile:
            nameable = Organization.objects.visible_to(request.user, VIEW_ORGANIZATIONS)
            meanwhile = timeline.changes(member, nameable, since=form.cleaned_data["seen"])
            form = form.rebased()
        except AlreadyOnRoster as refusal:
            form.add_error("id_number", str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect("members:detail", member.pk)
    return render(request, "members/people/edit.html", {"form": form, "member": member, "meanwhile": meanwhile})


@dataclass(frozen=True)
class Act:
    """One thing that happens to a person: its form, the function that records it, and words."""

    form: Callable[..., Any]
    run: Callable[..., object]
    title: Promise
    explanation: Promise
    wants_member: bool = False


ACTS = {
    "death": Act(
        forms.DeathForm,
        people.record_death,
        gettext_lazy("Record a death"),
        gettext_lazy("Open duties about this person end; condolence and care for the family become due."),
    ),
    "leaving": Act(
        forms.LeavingForm,
        people.record_leaving,
        gettext_lazy("Record that this person leaves the roster"),
        gettext_lazy("For moves out of the reach of this system, and for leaving the Party. Open duties end."),
    ),
    "suspend": Act(
        forms.SuspendForm,
        people.suspend,
        gettext_lazy("Record suspended membership"),
        gettext_lazy("From that day on party age stands still."),
    ),
    "restore": Act(
        forms.RestoreForm,
        people.restore,
        gettext_lazy("Restore membership"),
        gettext_lazy("The days of suspension do not count as party age."),
        wants_member=True,
    ),
    "put-back": Act(
        forms.PutBackForm,
        people.put_back,
        gettext_lazy("Put back on the roster"),
        gettext_lazy("For a death or leaving recorded by mistake, and for people who come back."),
    ),
}


@require_perm(EDIT_PEOPLE)
def act(request: AuthedRequest, pk: UUID, name: str) -> HttpResponse:
    """Record one of `ACTS` about a person."""
    member, what = _member(request, EDIT_PEOPLE, pk), ACTS[name]
    form = what.form(request.POST or None, **({"member": member} if what.wants_member else {}))
    if request.method == "POST" and form.is_valid():
        try:
            what.run(member, by=request.user, today=clock.today(), **form.cleaned_data)
        except NotPossible as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Recorded."))
            return redirect("members:detail", member.pk)
    return render(request, "members/people/act.html", {"form": form, "member": member, "act": what})


@require_perm(EDIT_PEOPLE)
def transfer(request: AuthedRequest, pk: UUID) -> HttpResponse:
    member = _member(request, EDIT_PEOPLE, pk)
    form = forms.TransferForm(request.POST or None, branches=_branches(request).exclude(pk=member.organization_id))
    if request.method == "POST" and form.is_valid():
        try:
            people.move_members([member], to=form.cleaned_data["to"], by=request.user, today=clock.today())
        except NotPossible as refusal:
            form.add_error("to", str(refusal))
        else:
            messages.success(request, _("Moved to %(branch)s.") % {"branch": form.cleaned_data["to"].name})
            return redirect("members:detail", member.pk)
    return render(request, "members/people/transfer.html", {"form": form, "member": member})


@require_perm(UNMASK_PEOPLE)
def unmask(request: AuthedRequest, pk: UUID, group: str) -> HttpResponse:
    """Ask why, record it, and show one group of facts in this response only."""
    member = _member(request, UNMASK_PEOPLE, pk)
    if group not in masking.GROUPS:
        raise Http404
    form, facts = forms.UnmaskForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        facts = masking.unmask(member, group, by=request.user, **form.cleaned_data)
    masked_group = profile.sensitive(member, group)
    context = {"member": member, "group": masked_group, "form": form, "facts": facts, "may": {"unmask": True}}
    template = "members/people/_unmask.html" if request.htmx else "members/people/unmask.html"
    return render(request, template, context)


@require_perm(UNMASK_PEOPLE)
def masked(request: AuthedRequest, pk: UUID, group: str) -> HttpResponse:
    """One group of facts, masked again: what stands in place of the form when somebody thinks better of it."""
    member = _member(request, UNMASK_PEOPLE, pk)
    if group not in masking.GROUPS:
        raise Http404
    context = {"member": member, "group": profile.sensitive(member, group), "may": {"unmask": True}}
    return render(request, "members/people/_sensitive.html", context)


def _member(request: AuthedRequest, perm: str, pk: UUID) -> Member:
    rows = Member.objects.visible_to(request.user, perm).select_related("organization")
    return get_object_or_404(rows, pk=pk)


def _branches(request: AuthedRequest) -> Any:
    return Organization.objects.visible_to(request.user, EDIT_PEOPLE).open().holding_members()


def _only_branch(branches: Any) -> dict[str, Any]:
    """A secretary of one branch need not type its name."""
    first_two = list(branches[:2])
    return {"branch": first_two[0]} if len(first_two) == 1 else {}
