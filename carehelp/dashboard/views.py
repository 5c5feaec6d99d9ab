from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render

from carehelp.accounts.requests import AuthedRequest
from carehelp.dashboard import behind, branch, overview, period, places
from carehelp.lib import clock
from members import roles
from members.access import can
from members.models import Member, Organization
from visits import compliance, planner
from visits.models import CareAction, Duty


def home(request: AuthedRequest) -> HttpResponse:
    """The page of the person's own powers."""
    mine = places.home_of(request.user)
    show = {
        "branch": _branch,
        "organization": _organization,
        "roster": _organization,
        "several": _several,
        "administrator": _office,
        "stranger": _office,
    }[mine.page]
    return show(request, mine)


def organization(request: AuthedRequest, pk: int) -> HttpResponse:
    """One organization with what lies below it; rosters only for those who have no business with care."""
    found = get_object_or_404(Organization.objects.visible_to(request.user, roles.VIEW_PEOPLE), pk=pk)
    return _organization(request, places.Home("organization", [found]))


def rows(request: AuthedRequest, pk: int, figure: str) -> HttpResponse:
    """The duties that a figure counts."""
    found = get_object_or_404(Organization.objects.visible_to(request.user, places.CARE), pk=pk)
    if figure not in overview.FIGURES:
        raise Http404
    today = clock.today()
    asked = behind.Asked(
        organization=found,
        figure=figure,
        period=period.chosen(request.GET.get("period", ""), today),
        rule_code=request.GET.get("rule", ""),
        own=request.GET.get("own") == "1",
    )
    visible = Duty.objects.visible_to(request.user, places.CARE)
    shown = behind.behind(visible, asked, today, page=request.GET.get("page", ""))
    context = {"asked": asked, "shown": shown, "today": today, "reachable": _reachable(request, shown)}
    context["above"] = places.chain(request.user, found, places.CARE)
    return render(request, "dashboard/rows.html", context)


def _reachable(request: AuthedRequest, shown: behind.Behind) -> set[object]:
    """Ids of the people whose page may be opened: a done duty stays where it was done when its member moves on."""
    ids = [duty.member_id for duty in shown.rows or ()]
    return set(
        Member.objects.visible_to(request.user, roles.VIEW_PEOPLE).filter(pk__in=ids).values_list("pk", flat=True)
    )


def _organization(request: AuthedRequest, mine: places.Home) -> HttpResponse:
    (place,), today = mine.organizations, clock.today()
    asked = period.chosen(request.GET.get("period", ""), today)
    cares = can(request.user, places.CARE, place)
    context = {
        "view": overview.overview(place, asked, today, page=request.GET.get("page", ""), cares=cares),
        "above": places.chain(request.user, place, roles.VIEW_PEOPLE),
        "periods": period.choices(today),
        "checks": can(request.user, roles.VIEW_AUDIT, place),
        "kinds": overview.kinds(Organization.objects.visible_to(request.user, roles.VIEW_PEOPLE), place),
        "today": today,
    }
    return render(request, "dashboard/organization.html" if cares else "dashboard/roster.html", context)


def _branch(request: AuthedRequest, mine: places.Home) -> HttpResponse:
    duties = Duty.objects.visible_to(request.user, roles.LOG_CARE)
    actions = CareAction.objects.visible_to(request.user, roles.LOG_CARE)
    view = branch.page(mine.organizations, duties, actions, clock.today())
    context = {"view": view, "places": mine.organizations, "loggable": view.loggable, "today": clock.today()}
    return render(request, "dashboard/branch.html", context)


def _several(request: AuthedRequest, mine: places.Home) -> HttpResponse:
    today, through = clock.today(), planner.planned_through()
    asked = period.choices(today)[0]
    context = {
        "places": overview.places(mine.organizations, asked, today),
        "cares": bool(places.topmost(request.user, places.CARE)),
        "period": asked,
        "planned_through": through,
        "is_behind": compliance.is_behind(through, today),
        "today": today,
    }
    return render(request, "dashboard/several.html", context)


def _office(request: AuthedRequest, mine: places.Home) -> HttpResponse:
    context = {"places": mine.organizations, "offices": places.offices_of(request.user), "today": clock.today()}
    if mine.page == "stranger":
        context["past"] = request.user.appointments.select_related("organization").order_by("-ends")[:3]
    return render(request, f"dashboard/{mine.page}.html", context)
