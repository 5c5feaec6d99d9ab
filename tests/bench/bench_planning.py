"""Planning a day for everybody, beside the raw `INSERT … SELECT` of the same rows: no more than twice its time.

Both sides write into the same table with its constraints, indexes and triggers, in transactions that are rolled
back, by turns.  The raw side has its rows lying ready: it looks for nobody, writes no history and keeps no mark.
"""

import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import IO

from tests.bench import common  # First: it sets Django up.

from django.db import connection, transaction

from visits.models import PlanMark
from visits.planner import plan

# Each with how often it is measured.
DAYS = [
    ("an ordinary day (political birthdays)", date(2026, 11, 25), 15),
    ("a day on which the medal list opens", date(2027, 3, 1), 5),
    ("New Year (everybody is owed a talk)", date(2027, 1, 1), 3),
]
DAY = timedelta(days=1)
COLUMNS = (
    "rule_code, article, organization_id, member_id, subject_key, period, opens, due, grace_until, terms, status,"
    " end_reason, created_at"
)
RAW = f"INSERT INTO visits_duty (id, {COLUMNS}) SELECT gen_random_uuid(), {COLUMNS} FROM wanted ON CONFLICT DO NOTHING"
NEW_ROWS = f"COPY (SELECT {COLUMNS} FROM visits_duty WHERE created_at >= transaction_timestamp()) TO STDOUT"


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


def execute(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return int(cursor.rowcount)


def keep_rows(day: date) -> int:
    """Lay ready which rows planning that one day gives; their number."""
    with tempfile.TemporaryFile() as rows:
        undone(lambda: _copy_new_rows(day, rows), after=day - DAY)
        rows.seek(0)
        execute("DROP TABLE IF EXISTS pg_temp.wanted")
        execute(f"CREATE TEMPORARY TABLE wanted AS SELECT {COLUMNS} FROM visits_duty WITH NO DATA")
        with connection.cursor() as cursor:
            cursor.copy_expert(f"COPY wanted ({COLUMNS}) FROM STDIN", rows)
    execute("ANALYZE wanted")
    return execute("SELECT FROM wanted")


def _copy_new_rows(day: date, rows: IO[bytes]) -> None:
    plan(day)
    with connection.cursor() as cursor:
        cursor.copy_expert(NEW_ROWS, rows)


def measure(name: str, day: date, times: int) -> None:
    count = keep_rows(day)
    planned, raw = [], []
    for _ in range(times):
        planned.append(undone(lambda: plan(day), after=day - DAY))
        raw.append(undone(lambda: execute(RAW), after=day - DAY))
    ours, floor = common.Timing(tuple(planned)), common.Timing(tuple(raw))
    common.result(f"raw insert of the same {count:,} rows", timing=floor)
    common.result(f"planning {name}", timing=ours, ratio=ours.median / floor.median, ratio_limit=2.0)


def main() -> None:
    common.province()
    plan(common.TODAY)
    for name, day, times in DAYS:
        measure(name, day, times)


if __name__ == "__main__":
    main()
