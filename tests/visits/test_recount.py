"""Counting anew: mends whatever the kept figures lost, leaves alone what is right, breaks nobody's work off."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from carehelp.accounts.models import User
from members.models import Member
from tests import people as ready
from tests.conftest import County
from tests.visits.figures import done, given, waived
from tests.visits.test_compliance_sums import Life
from tests.visits.test_compliance_sums import (
    test_headcounts_and_last_actions_are_what_counting_gives as heads_are_right,
)
from tests.visits.test_compliance_sums import test_sums_are_what_counting_gives as sums_are_right
from tests.visits.test_compliance_together import PATIENCE, Event, beside, held_open
from visits import tallies
from visits.models import CareAction, Duty, DutyTally, DutyTallyDelta, Headcount, LastAction

__all__ = ["beside"]  # A fixture.
KEPT = (DutyTally, DutyTallyDelta, Headcount, LastAction)


def run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@contextmanager
def without_triggers(*tables: str) -> Iterator[None]:
    """As a careless hand in the database would write."""
    run("SET CONSTRAINTS ALL IMMEDIATE")
    run(*(f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in tables))
    yield
    run(*(f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in tables))


def kept() -> list[Any]:
    return [sorted(map(str, model.objects.values_list())) for model in KEPT]


@pytest.fixture
def lived(county: County, officer: User) -> Life:
    life = Life(county, officer, 7)
    life.live(60)
    for member in life.members:
        done(given(member, due=life.day()), on=life.day(), by=officer)
    return life


class TestMending:
    def test_what_is_right_is_left_alone(self, lived: Life) -> None:
        tallies.fold()
        before = kept()
        assert not tallies.recount()
        assert kept() == before

    def test_differences_not_folded_yet_are_no_fault(self, lived: Life) -> None:
        given(lived.members[0], due=ready.TODAY)
        assert not tallies.recount()
        sums_are_right(lived)

    def test_rows_written_behind_the_triggers_back(self, lived: Life, county: County, officer: User) -> None:
        with without_triggers("visits_duty", "visits_careaction", "members_member"):
            Duty.objects.filter(status="open").update(organization=county.far_branch)
            Duty.objects.filter(status="done").update(ended_on=date(2027, 1, 1))
            waived(given(lived.members[1], due=ready.TODAY, rule_code="leader-contact"), by=officer)
            ready.member(county.neighbour_branch)
            Member.objects.filter(pk=lived.members[4].pk).update(organization=county.other_county_branch)
            CareAction.objects.update(on=ready.TODAY - timedelta(3))
        mended = tallies.recount()
        assert mended.sums > 0
        assert mended.headcounts > 0
        assert mended.last_actions > 0
        sums_are_right(lived)
        heads_are_right(lived)
        assert not tallies.recount()

    @pytest.mark.parametrize(
        "damage",
        [
            "UPDATE visits_dutytally SET open = open + 1, waived = waived - 2",
            "DELETE FROM visits_dutytally",
            "INSERT INTO visits_dutytallydelta (organization_id, rule_code, article, due_month, grace_month,"
            " done_in_time, done_late, waived, void, open)"
            " SELECT id, 'stray', '1', '2026-05-01', '2026-05-01', 1, 0, 0, 0, 0 FROM members_organization",
            "INSERT INTO visits_headcount (organization_id, members) SELECT id, 5 FROM members_organization",
            "DELETE FROM visits_headcount",
            'UPDATE visits_lastaction SET "on" = NULL',
            "DELETE FROM visits_lastaction",
        ],
    )
    def test_damaged_figures(self, lived: Life, damage: str) -> None:
        tallies.fold()
        run(damage)
        assert tallies.recount()
        sums_are_right(lived)
        heads_are_right(lived)
        assert not tallies.recount()

    def test_nothing_at_all(self, db: None) -> None:
        assert not tallies.recount()


class TestTheCommand:
    def test_it_says_whether_anything_differed(self, lived: Life, capsys: Any) -> None:
        call_command("recount_figures")
        assert capsys.readouterr().out == "All kept figures are what counting gives.\n"
        LastAction.objects.all().delete()
        call_command("recount_figures")
        found = LastAction.objects.count()
        assert capsys.readouterr().out == (f"Wrong and mended: 0 sums of duties, 0 headcounts, {found} last actions.\n")


@pytest.mark.django_db(transaction=True)
class TestTogetherWithWriters:
    def test_it_waits_for_who_writes_and_counts_what_they_wrote(
        self, member: Member, secretary: User, today: date, beside: Any
    ) -> None:
        duty = given(member, due=today)
        begun, go_on = Event(), Event()
        other = beside(held_open, lambda: waived(duty, by=secretary), begun, go_on)
        assert begun.wait(PATIENCE)
        counting = beside(tallies.recount)
        go_on.set()
        other.result(PATIENCE)
        assert not counting.result(PATIENCE)

    def test_it_gives_up_and_leaves_everything_when_writing_does_not_end(
        self, member: Member, secretary: User, today: date, beside: Any, monkeypatch: Any
    ) -> None:
        monkeypatch.setattr(tallies, "_ATTEMPTS", 2)
        duty = given(member, due=today)
        begun, go_on = Event(), Event()
        other = beside(held_open, lambda: waived(duty, by=secretary), begun, go_on)
        assert begun.wait(PATIENCE)
        with pytest.raises(tallies.StillWritten):
            tallies.recount()
        go_on.set()
        other.result(PATIENCE)
        assert not tallies.recount()

    def test_nobody_writes_while_it_counts(self, member: Member, today: date, beside: Any) -> None:
        begun, go_on = Event(), Event()
        counting = beside(held_open, tallies.recount, begun, go_on)
        assert begun.wait(PATIENCE)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE relation = 'visits_duty'::regclass AND mode = 'ShareLock'"
            )
            assert cursor.fetchone() == (1,)
        writing = beside(lambda: given(member, due=today))
        go_on.set()
        counting.result(PATIENCE)
        writing.result(PATIENCE)
        assert not tallies.recount()
