"""Dashboards through the full Django stack, and what keeping the sums costs those who write duties."""

from datetime import date

from tests.bench import common

common.province()

from django.db import connection, transaction
from django.test import Client

from carehelp.accounts.models import User
from members.models import Appointment, Organization
from members.roles import Role
from visits import tallies

LIMITS = {"province": 0.400, "city": None, "county": 0.100, "committee": None, "branch": None}


def officer(organization: Organization) -> Client:
    """A signed-in officer of the organization, made for the benchmark."""
    made, _new = User.objects.get_or_create(username=f"bench-{organization.pk}", defaults={"display_name": "bench"})
    Appointment.objects.get_or_create(
        user=made, organization=organization, role=Role.OFFICER, defaults={"starts": date(2020, 1, 1)}
    )
    client = Client()
    client.force_login(made, backend="django.contrib.auth.backends.ModelBackend")
    return client


def page(client: Client, address: str) -> None:
    response = client.get(address, headers={"host": "localhost"})
    assert response.status_code == 200, response.status_code  # noqa: S101 - a benchmark of error pages says nothing.


def dashboards() -> None:
    tallies.fold()
    for kind, limit in LIMITS.items():
        place = Organization.objects.filter(kind=kind).order_by("path").first()
        if place is None:
            continue
        client = officer(place)
        timing = common.timed(lambda client=client: page(client, "/"), times=20, warm=2)
        common.result(f"dashboard of a {place.get_kind_display()}", timing=timing, p95_limit=limit)
        timing = common.timed(
            lambda client=client, place=place: page(client, f"/overview/{place.pk}/overdue/"), times=10, warm=1
        )
        common.result(f"rows behind “overdue” of a {place.get_kind_display()}", timing=timing)


BIRTHDAYS = """
INSERT INTO visits_duty (id, rule_code, article, organization_id, member_id, subject_key, period, opens, due,
                         grace_until, terms, status, end_reason, created_at)
SELECT gen_random_uuid(), 'bench', '6.2', organization_id, id, 'm:' || id, 'bench', '2026-11-17', '2026-11-24',
       '2026-12-01', '{}', 'open', '', now()
FROM members_member WHERE joined_key = 1124 AND died_on IS NULL AND left_on IS NULL
"""


def writing(kept: bool) -> common.Timing:
    """One day's birthdays written with or without the triggers that note the differences; taken back each time."""

    def write() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            if not kept:
                cursor.execute("ALTER TABLE visits_duty DISABLE TRIGGER visits_tally_new")
            cursor.execute(BIRTHDAYS)
            transaction.set_rollback(True)

    return common.timed(write, times=9, warm=2)


def main() -> None:
    dashboards()
    without, with_sums = writing(kept=False), writing(kept=True)
    common.result("a day's duties written, sums not kept", timing=without)
    ratio = with_sums.median / without.median
    common.result("a day's duties written, sums kept", timing=with_sums, ratio=ratio, ratio_limit=1.5)


if __name__ == "__main__":
    main()
