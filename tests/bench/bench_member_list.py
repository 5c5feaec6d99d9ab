"""The officer's member list through the full Django stack, at every scope: first page, searched, filtered, sorted."""

from tests.bench import common

from datetime import date

from django.test import Client

from carehelp.accounts.models import User
from members.models import Appointment, Organization
from members.roles import Role

LIMIT = 0.060
ASKED = {
    "first page": "",
    "by name (pinyin)": "?q=wang",
    "by initials": "?q=wjg",
    "by characters": "?q=建国",
    "elders by age": "?age=80&sort=birth_on",
    "50 years in the Party": "?party_age=50&sort=party_age",
    "longest without care": "?sort=last_care",
    "out of contact": "?whereabouts=lost",
    "works elsewhere, by age": "?whereabouts=floating&sort=birth_on",
    "deceased": "?state=dead",
    "nobody found": "?q=zzzz",
    "page 40": "?page=40",
}


def scopes() -> dict[str, Organization]:
    """A node of each height: the root, the county with most branches, a branch."""
    root = Organization.objects.filter(parent__isnull=True).order_by("path")[0]
    county = Organization.objects.filter(kind="county").order_by("-last_child")[0]
    branch = Organization.objects.filter(kind="branch").under(county)[0]
    return {"province": root, "county": county, "branch": branch}


def officer_at(organization: Organization) -> Client:
    user, _made = User.objects.get_or_create(username=f"bench-list-{organization.kind}-{organization.pk}")
    Appointment.objects.get_or_create(
        user=user, organization=organization, role=Role.OFFICER, starts=date(2020, 1, 1), ends=None
    )
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def main() -> None:
    common.province()
    for height, organization in scopes().items():
        client = officer_at(organization)
        for what, query in ASKED.items():

            def look(client: Client = client, query: str = query) -> None:
                response = client.get(f"/people/{query}")
                assert response.status_code == 200

            common.result(
                f"member list, {height}: {what}", timing=common.timed(look, times=20, warm=2), p95_limit=LIMIT
            )


if __name__ == "__main__":
    main()
