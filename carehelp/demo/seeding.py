"""Seeding: a tree of organizations, its people, what was done for them in the last twelve months, demo accounts."""

import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from datetime import time as time_of_day

from django.conf import settings
from django.db import transaction

from carehelp.demo import accounts, loading, records, roster
from carehelp.demo.landscape import Landscape, landscape
from carehelp.lib import clock
from members.models import Member, Organization
from visits import planner, tallies

ORGANIZATION_COLUMNS = ("id", "code", "name", "kind", "parent_id", "path", "last_child")
# Members, duties and actions with their history: written bare, checked and counted as a whole.
BIG = (
    *("members_member", "members_historicalmember", "visits_duty", "visits_historicalduty"),
    *("visits_careaction", "visits_historicalcareaction"),
)
# The planner looks people up by these.
KEEP = ("member_anniversary", "member_by_party_age", "member_by_birth")


class CannotSeed(RuntimeError):
    """Seeding would mix made-up people with others; the message says what to do."""


def seed(members: int, *, seed: int, today: date, say: Callable[[str], object] = lambda words: None) -> None:
    """Fill a fresh database with so many made-up people.

    The same number, seed and day give the same organizations, people and records, identifiers included (sealed
    values differ by their nonces).  Raises `CannotSeed` in production and on a database that is in use.
    """
    _check(members)
    step = _Stopwatch(say)
    at = datetime.combine(today - timedelta(days=380), time_of_day(9), clock.SHANGHAI)
    # All or nothing: broken off half-way, the database is still a fresh one.
    with transaction.atomic():
        # Each row is checked when it is written; checks put off to the end would forbid building indexes.
        loading.run("SET CONSTRAINTS ALL IMMEDIATE")
        with loading.bare(*BIG, keep=KEEP):
            _populate(members, seed=seed, today=today, at=at, step=step)
        step("indexes and foreign keys")
        tallies.recount()
        step("figures counted")
        accounts.make(today)
    loading.run("ANALYZE")
    step("ready")


def _populate(members: int, *, seed: int, today: date, at: datetime, step: "_Stopwatch") -> None:
    _settle(members, seed=seed, today=today, at=at, step=step)
    # Planning began a year ago and goes on to this day, as it would have in a year of use.
    planner.plan(today - timedelta(days=365))
    planner.plan(today)
    loading.run("ANALYZE visits_duty")
    step("duties planned")
    done = records.write(seed=seed, today=today, by=accounts.archive())
    loading.run("ANALYZE members_member, visits_duty, visits_careaction")
    step(f"{done:,} care actions")


def _settle(members: int, *, seed: int, today: date, at: datetime, step: "_Stopwatch") -> None:
    """Organizations and people.  The tree is let go of with this call: what comes next needs the memory."""
    land = landscape(members, seed)
    moment = f"'{at.isoformat()}'::timestamptz"
    _found(land, moment)
    step(f"{len(land.nodes):,} organizations")
    roster.fill(land.counties, seed=seed, today=today, at=at)
    loading.add_history(Member, moment)
    loading.run("ANALYZE members_organization, members_member")
    step(f"{members:,} members")


def is_seeded() -> bool:
    """Whether organizations are there already (made up by us or entered by somebody)."""
    return Organization.objects.exists()


def _check(members: int) -> None:
    if settings.PRODUCTION:
        raise CannotSeed("Made-up people are never put into a production database.")
    if Organization.objects.exists() or Member.objects.exists():
        raise CannotSeed("This database holds organizations already; seed a fresh one (another CAREHELP_DATA folder).")
    if members < 1:
        raise CannotSeed("--members must be at least 1.")


def _found(land: Landscape, moment: str) -> None:
    lines = "".join(
        loading.line((n.id, n.code, n.name, n.kind, n.parent.id if n.parent else None, n.path, n.children))
        for n in land.nodes
    )
    loading.copy("members_organization", ORGANIZATION_COLUMNS, lines)
    loading.follow_ids(Organization)
    loading.add_history(Organization, moment)


class _Stopwatch:
    def __init__(self, say: Callable[[str], object]) -> None:
        self.say, self.start = say, time.perf_counter()

    def __call__(self, words: str) -> None:
        self.say(f"{time.perf_counter() - self.start:7.1f} s  {words}")
