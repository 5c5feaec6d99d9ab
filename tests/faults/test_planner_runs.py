"""Planning twice at once, and planning that dies in the middle."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from threading import Barrier, Event, Thread
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection, transaction

from members import people as roster
from members.models import Member
from members.models.member import MemberChange
from tests import people
from tests.conftest import County
from visits.models import Duty, PlanMark
from visits.planner import plan, planned_through, replan_members

pytestmark = pytest.mark.django_db(transaction=True)
DAY = date(2026, 7, 1)
EACH = 2  # On that day a member of the base is owed a political birthday and the year's talk.


@pytest.fixture
def village(county: County) -> list[Member]:
    return [people.member(county.branch, name=f"第{number}人") for number in range(40)]


def at_once(*works: Callable[[], object]) -> None:
    """Run all of them in threads that start together, each on a connection of its own; raises what one raises."""
    start, faults = Barrier(len(works)), []

    def run(work: Callable[[], object]) -> None:
        try:
            start.wait(30)
            work()
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not faults, faults


class TestTwoRunsAtOnce:
    def test_give_every_duty_once(self, village: list[Member]) -> None:
        outcomes: list[Any] = []
        at_once(*[lambda: outcomes.append(plan(DAY))] * 4)
        assert sorted(outcome.created for outcome in outcomes) == [0, 0, 0, EACH * len(village)]
        assert Duty.objects.count() == Duty.history.count() == EACH * len(village)
        assert set(Counter(Duty.objects.values_list("member_id", "rule_code")).values()) == {1}

    def test_for_different_days_end_at_the_later_one(self, village: list[Member]) -> None:
        at_once(lambda: plan(DAY), lambda: plan(date(2026, 7, 2)))
        assert planned_through() == date(2026, 7, 2)
        assert Duty.objects.count() == EACH * len(village)

    def test_in_two_processes_give_every_duty_once(self, village: list[Member]) -> None:
        runs = [start_plan() for _ in range(2)]
        assert [run.wait(120) for run in runs] == [0, 0]
        assert Duty.objects.count() == Duty.history.count() == EACH * len(village)

    def test_beside_people_who_change_neither_block_nor_double(self, village: list[Member], officer: Any) -> None:
        plan(date(2026, 6, 1))
        ids = [member.pk for member in village]
        at_once(
            lambda: plan(DAY),
            lambda: replan_members(ids, on=DAY, by=officer),
            lambda: replan_members(ids[::-1], on=DAY, by=officer),
            *[lambda pk=pk: replan_members([pk], on=DAY, by=officer) for pk in ids[:5]],
        )
        assert set(Counter(Duty.objects.values_list("member_id", "rule_code")).values()) == {1}
        assert Duty.objects.count() == EACH * len(village)


class TestAnEditThatIsStillOpen:
    def test_keeps_no_run_waiting(self, village: list[Member], officer: Any) -> None:
        held, enough = Event(), Event()

        def edit() -> None:
            with transaction.atomic():
                roster.correct(village[0], name="王建设", by=officer, today=DAY)
                held.set()
                enough.wait(30)

        def run() -> None:
            held.wait(30)
            try:
                with connection.cursor() as cursor:
                    cursor.execute("SET lock_timeout = '5s'")
                assert plan(DAY).failed == []
            finally:
                enough.set()

        at_once(edit, run)
        assert Duty.objects.count() == EACH * len(village)


class TestARunThatDies:
    def test_of_a_kill_leaves_nothing_and_the_next_one_does_it_all(self, village: list[Member]) -> None:
        with in_the_way_of(village[-1]) as wait_until_it_waits:
            run = start_plan()
            wait_until_it_waits()
            os.kill(run.pid, signal.SIGKILL)
            assert run.wait(30) == -signal.SIGKILL
        nobody_else_is_at_work()
        self.nothing_is_there(village)
        self.the_next_run_does_it_all(village)

    def test_with_its_connection_ends_in_an_error_and_the_next_one_does_it_all(self, village: list[Member]) -> None:
        with in_the_way_of(village[-1]) as wait_until_it_waits:
            run = start_plan()
            backend = wait_until_it_waits()
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(%s)", [backend])
            assert run.wait(60) == 1
        nobody_else_is_at_work()
        self.nothing_is_there(village)
        self.the_next_run_does_it_all(village)

    def nothing_is_there(self, village: list[Member]) -> None:
        assert (Duty.objects.count(), Duty.history.count(), PlanMark.objects.count()) == (0, 0, 0)
        assert MemberChange.objects.count() == len(village)

    def the_next_run_does_it_all(self, village: list[Member]) -> None:
        assert plan(DAY).created == EACH * len(village)
        assert planned_through() == DAY
        assert not MemberChange.objects.exists()


def start_plan() -> "subprocess.Popen[bytes]":
    database = settings.DATABASES["default"]
    url = f"postgres://{database['USER']}@/{database['NAME']}?host={database['HOST'] or database['OPTIONS']['host']}"
    return subprocess.Popen(
        [sys.executable, str(settings.BASE_DIR / "manage.py"), "plan_duties", "--on", DAY.isoformat(), "--json"],
        env=os.environ | {"DATABASE_URL": url},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@contextmanager
def in_the_way_of(member: Member) -> Iterator[Callable[[], int]]:
    """Hold the place of the member's yearly talk, so that a run stops half-way there; gives the waiting backend."""
    other = connection.copy()
    other.set_autocommit(False)
    with other.cursor() as cursor:
        cursor.execute(
            "INSERT INTO visits_duty (id, rule_code, article, organization_id, member_id, subject_key, period, opens,"
            " due, grace_until, terms, status, end_reason, created_at) VALUES (%s, 'leader-contact', '7.2', %s, %s,"
            " %s, '2026', %s, %s, %s, '{}', 'open', '', now())",
            [str(uuid4()), member.organization_id, str(member.pk), f"m:{member.pk}", DAY, DAY, DAY],
        )
    try:
        yield _waiting_backend
    finally:
        other.rollback()
        other.close()


def _waiting_backend() -> int:
    sql = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    found = _until(sql, lambda rows: bool(rows))
    return int(found[0][0])


def nobody_else_is_at_work() -> None:
    """The server has noticed that the client is gone and has rolled back (idle connections have no transaction)."""
    sql = (
        "SELECT pid FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"
    )
    _until(sql, lambda rows: not rows)


def _until(sql: str, enough: Callable[[list[Any]], bool]) -> list[Any]:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            rows = cursor.fetchall()
        if enough(rows):
            return rows
        time.sleep(0.05)
    raise AssertionError(sql)
