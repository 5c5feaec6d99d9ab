"""The sums that the database keeps are what counting gives, whatever was written, folded or moved in between."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection

from members import organizations, people
from members.models import Member, Organization
from tests import people as ready
from tests.conftest import County
from tests.visits.figures import done, given, waived
from visits import compliance, tallies
from visits.compliance import FIGURES, Tally
from visits.models import CareAction, Duty

YEAR = (date(2026, 1, 1), date(2026, 12, 31))
RULES = (("political-birthday", "6.2"), ("leader-contact", "7.2"), ("festival-visit", "14.1"))


class Life:
    """Random things that happen in a small county, repeatable by seed."""

    def __init__(self, county: County, by: Any, seed: int) -> None:
        self.dice, self.county, self.by = random.Random(seed), county, by
        self.branches = [county.branch, county.neighbour_branch, county.far_branch, county.other_county_branch]
        self.members = [ready.member(self.dice.choice(self.branches)) for _ in range(6)]
        self.duties: list[Duty] = []

    def live(self, steps: int) -> None:
        acts = (
            [self.give] * 6
            + [self.finish] * 4
            + [self.reopen, self.move_member, self.move_branch, self.move_town, self.fold]
        )
        acts += [self.give_many, self.end_many, self.leave]
        for _ in range(steps):
            self.dice.choice(acts)()

    def day(self) -> date:
        return date(2025, 12, 1) + timedelta(self.dice.randrange(400))

    def give(self) -> None:
        code, article = self.dice.choice(RULES)
        member = self.dice.choice(self.members)
        member.refresh_from_db()
        grace = self.dice.choice((0, 7, 45))
        self.duties.append(given(member, due=self.day(), grace=grace, rule_code=code, article=article))

    def give_many(self) -> None:
        for _ in range(10):
            self.give()

    def finish(self) -> None:
        self.duties = list(Duty.objects.filter(status="open"))
        if self.duties:
            duty = self.dice.choice(self.duties)
            how = self.dice.choice(("done", "done", "waived", "void"))
            if how == "done":
                done(duty, on=duty.due + timedelta(self.dice.randrange(-7, 20)), by=self.by)
            else:
                waived(duty, by=self.by, status=how)

    def end_many(self) -> None:
        Duty.objects.filter(status="open", due__lt=date(2026, 3, 1)).update(
            status="void", ended_on=date(2026, 3, 1), end_reason="理由"
        )

    def reopen(self) -> None:
        ended = Duty.objects.exclude(status="open").first()
        if ended:
            ended.status, ended.ended_on, ended.ended_by, ended.fulfilled_by = "open", None, None, None
            ended.save()

    def move_member(self) -> None:
        member = self.dice.choice(self.members)
        member.refresh_from_db()
        if member.is_in_place:
            people.move_members([member], to=self.dice.choice(self.branches), by=self.by, today=ready.TODAY)

    def move_branch(self) -> None:
        branch, town = self.dice.choice(self.branches), self.dice.choice([self.county.town, self.county.other_town])
        self.move(branch, town)

    def move_town(self) -> None:
        self.move(self.county.town, self.dice.choice([self.county.county, self.county.other_county]))

    def move(self, what: Organization, under: Organization) -> None:
        what.refresh_from_db()
        if what.parent_id != under.pk:
            organizations.move(what, under=under)

    def leave(self) -> None:
        member = self.dice.choice(self.members[:3])
        member.refresh_from_db()
        if member.is_in_place:
            people.record_leaving(member, left_on=ready.TODAY, reason="迁出", by=self.by, today=ready.TODAY)

    def fold(self) -> None:
        tallies.fold()


@pytest.fixture(params=range(3))
def lived(request: Any, county: County, officer: Any) -> Life:
    life = Life(county, officer, request.param)
    life.live(60)
    return life


def everywhere() -> Iterator[tuple[Organization, date]]:
    for organization in Organization.objects.order_by("path"):
        for today in (date(2026, 1, 20), date(2026, 11, 24)):
            yield organization, today


def test_sums_are_what_counting_gives(lived: Life) -> None:
    for organization, today in everywhere():
        for key in ("node", "rule", "month"):
            kept = compliance._from_sums(organization, YEAR, today, key)
            assert {k: v for k, v in kept.items() if v} == compliance._from_duties(organization, YEAR, today, key)


def test_parts_add_up_and_children_add_up_to_their_parent(lived: Life) -> None:
    for organization, today in everywhere():
        whole = compliance.tally(organization, YEAR, today)
        assert compliance.total(compliance.tally_by_rule(organization, YEAR, today)) == whole
        children = [compliance.tally(child, YEAR, today) for child in organization.children.all()]
        own = [row.tally for row in compliance.tally_by_child(organization, YEAR, today) if row.own]
        assert sum(children + own, Tally()) == whole
        assert whole.given == whole.done + whole.waived + whole.open
        assert 0 <= whole.overdue <= whole.open


def test_the_rows_behind_a_figure_count_to_it(lived: Life) -> None:
    for organization, today in everywhere():
        whole = compliance.tally(organization, YEAR, today)
        rows = Duty.objects.under(organization).filter(due__range=YEAR)
        for figure in FIGURES:
            assert rows.filter(compliance.behind(figure, today)).count() == getattr(whole, figure)


def test_headcounts_and_last_actions_are_what_counting_gives(lived: Life) -> None:
    for organization in Organization.objects.all():
        rows = compliance.tally_by_child(organization, YEAR, ready.TODAY)
        assert sum(row.members for row in rows) == Member.objects.in_place().under(organization).count()
        newest = CareAction.objects.standing().under(organization).order_by("-on").values_list("on", flat=True).first()
        shown = max((row.last_action_on for row in rows if row.last_action_on), default=None)
        assert shown == newest or not rows


def test_folding_again_changes_nothing_and_leaves_nothing_to_fold(lived: Life) -> None:
    tallies.fold()
    assert tallies.fold() == 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM visits_dutytallydelta")
        assert cursor.fetchone() == (0,)
