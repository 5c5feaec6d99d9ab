"""The tree of organizations on screen."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from carehelp.accounts.requests import AuthedRequest
from carehelp.lib import clock
from members import forms, organizations
from members.access import powers_of, require_perm
from members.errors import NotPossible
from members.models import Appointment, Organization
from members.roles import (
    EDIT_PEOPLE,
    EXPORT,
    IMPORT_PEOPLE,
    MANAGE_ORGANIZATIONS,
    VIEW_AUDIT,
    VIEW_ORGANIZATIONS,
    VIEW_PEOPLE,
)

SHOWN = 200  # Search results and children of one organization on one page.
SUGGESTED = 20


@require_perm(VIEW_ORGANIZATIONS)
def index(request: AuthedRequest) -> HttpResponse:
    scope, typed = _visible(request), request.GET.get("q", "").strip()
    if typed:
        rows = organizations.matching(scope, typed, limit=SHOWN + 1)
    else:
        rows = list(organizations.topmost(scope, powers_of(request.user).paths(VIEW_ORGANIZATIONS)))
    context = _level(request, rows[:SHOWN]) | {"typed": typed, "more": len(rows) > SHOWN}
    if len(rows) == 1 and not typed:  # One root: its first level lies open.
        context["below"] = _children(request, rows[0])
    return render(request, "members/organizations/list.html", context)


@require_perm(VIEW_ORGANIZATIONS)
def children(request: AuthedRequest, pk: int) -> HttpResponse:
    """One more level of the tree, on demand."""
    organization = get_object_or_404(_visible(request), pk=pk)
    return render(request, "members/organizations/_level.html", _children(request, organization))


@require_perm(VIEW_ORGANIZATIONS)
def detail(request: AuthedRequest, pk: int) -> HttpResponse:
    organization = get_object_or_404(_visible(request).select_related("parent"), pk=pk)
    powers = powers_of(request.user)
    context = _children(request, organization) | {
        "organization": organization,
        "chain": organizations.chain(organization),
        "members": _people_in(request, organization),
        "appointments": _appointments(request, organization),
        "may_manage": powers.reaches(MANAGE_ORGANIZATIONS, organization.path) and organization.is_open,
    }
    return render(request, "members/organizations/detail.html", context)


@require_perm(MANAGE_ORGANIZATIONS)
def rename(request: AuthedRequest, pk: int) -> HttpResponse:
    organization = _managed(request, pk)
    form = forms.RenameForm(request.POST or None, initial={"name": organization.name})
    if request.method == "POST" and form.is_valid():
        organizations.rename(organization, by=request.user, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("members:organization", organization.pk)
    context = {"form": form, "organization": organization, "title": _("Rename"), "button": _("Save")}
    return render(request, "members/organizations/act.html", context)


@require_perm(MANAGE_ORGANIZATIONS)
def found(request: AuthedRequest, pk: int) -> HttpResponse:
    parent = _managed(request, pk)
    form = forms.FoundForm(request.POST or None, parent=parent)
    if request.method == "POST" and form.is_valid():
        try:
            made = organizations.found(parent=parent, by=request.user, **form.cleaned_data)
        except NotPossible as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("%(name)s was founded.") % {"name": made.name})
            return redirect("members:organization", made.pk)
    title = _("Found an organization below this one")
    context = {"form": form, "organization": parent, "title": title, "button": _("Found it")}
    return render(request, "members/organizations/act.html", context)


@require_perm(MANAGE_ORGANIZATIONS)
def move(request: AuthedRequest, pk: int) -> HttpResponse:
    organization, scope = _managed(request, pk), Organization.objects.visible_to(request.user, MANAGE_ORGANIZATIONS)
    form = forms.MoveOrganizationForm(request.POST or None, offered=scope.open().exclude(pk=organization.pk))
    if request.method == "POST" and form.is_valid():
        try:
            organizations.move(organization, under=form.cleaned_data["under"], by=request.user)
        except NotPossible as refusal:
            form.add_error("under", str(refusal))
        else:
            messages.success(request, _("Moved below %(name)s.") % {"name": form.cleaned_data["under"].name})
            return redirect("members:organization", organization.pk)
    context = {"form": form, "organization": organization, "load": organizations.load_of(organization)}
    return render(request, "members/organizations/move.html", context)


@require_perm(MANAGE_ORGANIZATIONS)
def close(request: AuthedRequest, pk: int) -> HttpResponse:
    organization, today = _managed(request, pk), clock.today()
    branches = Organization.objects.visible_to(request.user, EDIT_PEOPLE).open().holding_members().exclude(pk=pk)
    members = organizations.load_of(organization).members
    form = forms.CloseForm(request.POST or None, offered=branches, has_members=bool(members), initial={"on": today})
    if request.method == "POST" and form.is_valid():
        try:
            facts = {"members_to": None} | form.cleaned_data
            organizations.close(organization, by=request.user, today=today, **facts)
        except NotPossible as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("%(name)s is closed.") % {"name": organization.name})
            return redirect("members:organization", organization.pk)
    return render(request, "members/organizations/close.html", {
        "form": form, "organization": organization, "members": members
    })  # fmt: skip


# Whose suggestions a box offers: the permission for which it asks, and whether only branches may be chosen.
SUGGESTIONS = {
    "view": (VIEW_PEOPLE, False),
    "roster": (EDIT_PEOPLE, True),
    "tree": (MANAGE_ORGANIZATIONS, False),
    "import": (IMPORT_PEOPLE, False),
    "export": (EXPORT, False),
    "audit": (VIEW_AUDIT, False),
}


@require_perm(VIEW_ORGANIZATIONS)
def options(request: AuthedRequest) -> HttpResponse:
    """Suggestions while somebody types the name or code of an organization."""
    perm, only_branches = SUGGESTIONS.get(request.GET.get("for", ""), ("", False))
    if not perm:
        raise Http404
    scope = Organization.objects.visible_to(request.user, perm).open()
    typed = request.GET.get(request.GET.get("name", ""), "").partition("（")[0]
    rows = organizations.matching(scope.holding_members() if only_branches else scope, typed, limit=SUGGESTED)
    labels = [organizations.label(row) for row in rows]
    return render(request, "members/organizations/_options.html", {"labels": labels})


def _visible(request: AuthedRequest) -> Any:
    return Organization.objects.visible_to(request.user, VIEW_ORGANIZATIONS)


def _managed(request: AuthedRequest, pk: int) -> Organization:
    return get_object_or_404(Organization.objects.visible_to(request.user, MANAGE_ORGANIZATIONS).open(), pk=pk)


def _appointments(request: AuthedRequest, organization: Organization) -> Any:
    rows = Appointment.objects.visible_to(request.user, VIEW_ORGANIZATIONS).filter(organization=organization)
    return rows.in_force(clock.today()).select_related("user").order_by("role", "user__username")


def _children(request: AuthedRequest, organization: Organization) -> dict[str, Any]:
    rows = list(_visible(request).filter(parent=organization).order_by("path")[: SHOWN + 1])
    return _level(request, rows[:SHOWN]) | {"parent": organization, "more": len(rows) > SHOWN}


def _people_in(request: AuthedRequest, organization: Organization) -> int | None:
    """People in place in the subtree; None for those who may not see people."""
    if not powers_of(request.user).reaches(VIEW_PEOPLE, organization.path):
        return None
    return organizations.member_counts([organization]).get(organization.pk, 0)


def _level(request: AuthedRequest, rows: list[Organization]) -> dict[str, Any]:
    """One level of the tree with the number of people and of organizations below each."""
    powers = powers_of(request.user)
    counts = organizations.member_counts([row for row in rows if powers.reaches(VIEW_PEOPLE, row.path)])
    parents = organizations.with_children(rows)
    for row in rows:
        row.people = counts.get(row.pk)  # type: ignore[attr-defined]  # For the template.
        row.has_children = row.pk in parents  # type: ignore[attr-defined]
    return {"rows": rows, "unfolds": bool(parents)}
