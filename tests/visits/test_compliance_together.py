"""Several people write at once while sums are folded: nobody waits, nothing is lost or counted twice."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from threading import Event
from typing import Any

import pytest
from django.db import connection, transaction

from carehelp.accounts.models import User
from members import organizations
from members.models import Member
from tests.conftest import County
from tests.visits.figures import given, waived
from visits import compliance, tallies
from visits.models import Duty

pytestmark = pytest.mark.django_db(transaction=True)
YEAR = (date(2026, 1, 1), date(2026, 12, 31))
PATIENCE = 10  # seconds


@pytest.fixture
def beside() -> Iterator[Callable[..., Future[Any]]]:
    """`beside(work, …)`: do something in a thread with a connection of its own."""

    def closing(work: Callable[..., Any], *given: Any) -> Any:
        try:
            return work(*given)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        yield lambda work, *given: pool.submit(closing, work, *given)


def held_open(work: Callable[[], object], begun: Event, go_on: Event) -> None:
    """Do the work in a transaction that stays open until it may go on."""
    with transaction.atomic():
        work()
        begun.set()
        assert go_on.wait(PATIENCE)


class TestTwoPeople:
    def test_ending_duties_of_one_branch_do_not_wait_for_each_other(
        self, member: Member, county: County, secretary: User, officer: User, today: date, beside: Any
    ) -> None:
        first, second = given(member, due=today), given(member, due=today)
        tallies.fold()
        begun, go_on = Event(), Event()
        other = beside(held_open, lambda: waived(first, by=secretary), begun, go_on)
        assert begun.wait(PATIENCE)
        waived(second, by=officer)  # Would stand still here if both wrote one row.
        assert compliance.tally(county.branch, YEAR, today).waived == 1
        go_on.set()
        other.result(PATIENCE)
        assert compliance.tally(county.branch, YEAR, today).waived == 2


class TestFolding:
    def test_what_is_committed_after_a_fold_is_not_lost(
        self, member: Member, county: County, secretary: User, today: date, beside: Any
    ) -> None:
        duty = given(member, due=today)
        begun, go_on = Event(), Event()
        other = beside(held_open, lambda: waived(duty, by=secretary), begun, go_on)
        assert begun.wait(PATIENCE)
        tallies.fold()
        assert compliance.tally(county.county, YEAR, today).open == 1
        go_on.set()
        other.result(PATIENCE)
        for _ in range(2):
            counted = compliance.tally(county.county, YEAR, today)
            assert (counted.open, counted.waived) == (0, 1)
            tallies.fold()

    def test_two_folds_at_once_count_everything_once(
        self, member: Member, county: County, today: date, beside: Any
    ) -> None:
        for _ in range(5):
            given(member, due=today)
        for done in [beside(tallies.fold), beside(tallies.fold)]:
            done.result(PATIENCE)
        assert compliance.tally(county.county, YEAR, today).open == 5

    def test_a_fold_waits_for_a_subtree_that_is_moving(
        self, member: Member, county: County, today: date, beside: Any
    ) -> None:
        given(member, due=today)
        begun, go_on = Event(), Event()

        def move() -> None:
            organizations.move(county.branch, under=county.other_town)

        mover = beside(held_open, move, begun, go_on)
        assert begun.wait(PATIENCE)
        folder = beside(tallies.fold)
        go_on.set()
        mover.result(PATIENCE)
        folder.result(PATIENCE)
        assert not compliance.tally(county.town, YEAR, today)
        assert compliance.tally(county.other_town, YEAR, today).open == 1

    def test_a_fold_that_breaks_off_leaves_everything_as_it_was(
        self, member: Member, county: County, today: date
    ) -> None:
        given(member, due=today)
        with transaction.atomic():
            tallies.fold()
            transaction.set_rollback(True)
        assert compliance.tally(county.county, YEAR, today).open == Duty.objects.count() == 1
