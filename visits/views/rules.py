from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from carehelp.accounts.requests import AuthedRequest
from carehelp.lib import clock
from members.access import holds, require_perm
from members.models import Member, Organization
from members.roles import VIEW_PEOPLE
from visits import planner, records

PAGE = 50
MOST_COUNTED = 10_000


def rules(request: AuthedRequest) -> HttpResponse:
    """The rule catalogue: for everybody who has signed in."""
    context = {
        "standings": planner.standings(),
        "through": planner.planned_through(),
        "today": clock.today(),
        "sees_people": holds(request.user, VIEW_PEOPLE),
    }
    return render(request, "visits/rules.html", context)


@require_perm(VIEW_PEOPLE)
def records_to_complete(request: AuthedRequest) -> HttpResponse:
    """Members in scope whose party age cannot be reckoned; `?organization=` and `?branch=` narrow it."""
    members = Member.objects.visible_to(request.user, VIEW_PEOPLE)
    organization, branch = _organization(request), request.GET.get("branch", "").replace("\0", "").strip()[:60]
    if organization:
        members = members.under(organization)
    if branch:
        members = members.filter(organization__name__icontains=branch)
    found = records.to_complete(members, today=clock.today()).select_related("organization")
    page = max(1, _number(request, "page"))
    rows = list(found[(page - 1) * PAGE : page * PAGE + 1])
    context = {
        "rows": [(member, records.what_is_missing(member)) for member in rows[:PAGE]],
        "count": found.order_by()[: MOST_COUNTED + 1].count(),
        "page": page,
        "more": len(rows) > PAGE,
        "organization": organization,
        "branch": branch,
    }
    return render(request, "visits/records_to_complete.html", context)


def _organization(request: AuthedRequest) -> Organization | None:
    """The organization asked for, if any; 404 when it is not in scope."""
    if not request.GET.get("organization"):
        return None
    seen = Organization.objects.visible_to(request.user, VIEW_PEOPLE)
    return get_object_or_404(seen, pk=_number(request, "organization"))


def _number(request: AuthedRequest, name: str) -> int:
    """A number from the address, 0 for anything else."""
    text = request.GET.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0
