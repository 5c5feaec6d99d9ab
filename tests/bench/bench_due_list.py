"""The due list through the full Django stack at every scope: first page, one section, filtered, searched."""

from tests.bench import common

from datetime import date

from django.test import Client

from carehelp.accounts.models import User
from members.models import Appointment, Member, Organization
from members.roles import Role

LIMIT = 0.060


def scopes() -> dict[str, tuple[Organization, Role]]:
    """Who works with the list: officers of the province and of the largest county and town, a secretary."""
    root = Organization.objects.filter(parent__isnull=True).order_by("path")[0]
    county = Organization.objects.filter(kind="county").order_by("-last_child")[0]
    town = Organization.objects.filter(kind="committee").under(county).order_by("-last_child")[0]
    branch = Member.objects.in_place().under(county).select_related("organization")[0].organization
    return {
        "province": (root, Role.OFFICER),
        "county": (county, Role.OFFICER),
        "committee": (town, Role.OFFICER),
        "branch": (branch, Role.SECRETARY),
    }


def signed_in_at(organization: Organization, role: Role) -> Client:
    user, _made = User.objects.get_or_create(username=f"bench-due-{organization.pk}")
    Appointment.objects.get_or_create(
        user=user, organization=organization, role=role, starts=date(2020, 1, 1), ends=None
    )
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def asked(branch: Organization) -> dict[str, str]:
    """The pages: a whole name stands for a search that finds few, a surname for one that finds many."""
    name = Member.objects.in_place().under(branch)[0].name
    return {
        "all sections": "/due/",
        "overdue alone": "/due/?section=overdue",
        "open alone": "/due/?section=open",
        "coming alone": "/due/?section=coming",
        "second page": "/due/?section=open&after=2026-11-30,00000000-0000-0000-0000-000000000000",
        "one rule": "/due/?rule=political-birthday",
        "a rare rule": "/due/?rule=follow-up",
        "a whole name": f"/due/?q={name}",
        "a surname": "/due/?q=wang",
        "nobody found": "/due/?q=zzzz",
        "whom to log for": "/log/",
        "whom to log for, searched": "/log/?q=wang",
    }


def main() -> None:
    common.province()
    heights = scopes()
    for height, (organization, role) in heights.items():
        client = signed_in_at(organization, role)
        for what, path in asked(heights["branch"][0]).items():

            def look(client: Client = client, path: str = path) -> None:
                assert client.get(path).status_code == 200

            timing = common.timed(look, times=20, warm=2)
            common.result(f"due list, {height}: {what}", timing=timing, p95_limit=LIMIT)


if __name__ == "__main__":
    main()
