"""Planning a day for everybody, beside the raw `INSERT … SELECT` of the same rows: no more than twice its time.

Both sides write into the same table with its constraints, indexes and triggers, in transactions that are rolled
back after the foreign keys are checked, by turns.  The raw side has its conditions written by hand: it reads no
rule, writes no history, keeps no mark and looks for nobody who changed.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from tests.bench import common  # First: it sets Django up.

from django.db import connection, transaction

from visits.models import PlanMark
from visits.planner import plan

DAY = timedelta(days=1)
RAW = """
    INSERT INTO visits_duty (id, rule_code, article, organization_id, member_id, subject_key, period, opens, due,
                             grace_until, terms, status, end_reason, created_at)
    SELECT gen_random_uuid(), %s, '6.2', organization_id, id, 'm:' || id, '2027', %s, %s, %s, '{}', 'open', '', now()
    FROM members_member WHERE died_on IS NULL AND left_on IS NULL AND party_status = 'normal' AND
"""


@dataclass(frozen=True)
class Case:
    """A day, how often it is measured, and by hand what it gives: rule, last day, condition."""

    name: str
    day: date
    times: int
    given: tuple[tuple[str, date, str], ...]


NO_MEDAL_DUTY = (
    "NOT EXISTS (SELECT FROM visits_duty e WHERE e.member_id = members_member.id AND e.rule_code = 'medal-50'"
    " AND e.status IN ('open', 'done'))"
)
CASES = [
    Case(
        "an ordinary day (political birthdays)",
        date(2027, 1, 12),
        15,
        (("political-birthday", date(2027, 1, 19), "joined_key = 119 AND joined_on < '2027-01-01'"),),
    ),
    Case(
        "the day on which the medal list opens",
        date(2027, 3, 1),
        5,
        (
            ("political-birthday", date(2027, 3, 8), "joined_key IN (308, 300) AND joined_on < '2027-01-01'"),
            ("medal-50", date(2027, 7, 1), f"party_age_from <= '1977-07-01' AND medal_on IS NULL AND {NO_MEDAL_DUTY}"),
        ),
    ),
    Case(
        "New Year (everybody is owed a talk)",
        date(2027, 1, 1),
        3,
        (
            ("political-birthday", date(2027, 1, 8), "joined_key IN (108, 100) AND joined_on < '2027-01-01'"),
            ("leader-contact", date(2027, 12, 31), "TRUE"),
        ),
    ),
]


class Undone(Exception):
    """Ends a transaction whose work only had to be measured."""


def undone(work: Callable[[], object], *, after: date) -> float:
    """The seconds that `work` takes when everything through `after` is planned; nothing of what it writes stays."""
    took = 0.0
    try:
        with transaction.atomic():
            PlanMark.objects.update(planned_through=after)
            start = time.perf_counter()
            work()
            took = time.perf_counter() - start
            raise Undone
    except Undone:
        return took


def execute(sql: str, params: object = ()) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


def planned(case: Case) -> int:
    created = plan(case.day).created
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    return created


def raw(case: Case) -> int:
    rows = sum(
        execute(f"{RAW} {condition} ON CONFLICT DO NOTHING", [code, case.day, last, last])
        for code, last, condition in case.given
    )
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    return rows


def measure(case: Case) -> None:
    ours, floor, counts = [], [], set()
    for _ in range(case.times):
        ours.append(undone(lambda: counts.add(planned(case)), after=case.day - DAY))
        floor.append(undone(lambda: counts.add(raw(case)), after=case.day - DAY))
    assert len(counts) == 1, f"not the same rows on {case.day}: {counts}"
    beside, planning = common.Timing(tuple(floor)), common.Timing(tuple(ours))
    common.result(f"raw insert of the same {counts.pop():,} rows", timing=beside)
    common.result(f"planning {case.name}", timing=planning, ratio=planning.median / beside.median, ratio_limit=2.0)


def main() -> None:
    common.province()
    plan(common.TODAY)
    for case in CASES:
        measure(case)


if __name__ == "__main__":
    main()
