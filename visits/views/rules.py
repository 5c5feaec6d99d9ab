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
    organization, branch = None, request.GET.get("branch", "").strip()[:60]
    if asked := request.GET.get("organization", ""):
        seen = Organization.objects.visible_to(request.user, VIEW_PEOPLE)
        organization = get_object_or_404(seen, pk=int(asked) if asked.isdecimal() and len(asked) < 12 else 0)
        members = members.under(organization)
    if branch:
        members = members.filter(organization__name__icontains=branch)
    found = records.to_complete(members, today=clock.today()).select_related("organization")
    page = max(1, int(text)) if (text := request.GET.get("page", "")).isdecimal() and len(text) < 6 else 1
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
