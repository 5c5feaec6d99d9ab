"""However often and however late planning runs, what is due on the last day is the same."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from members.models import Member
from members.party_age import apply
from tests import people
from tests.conftest import County
from visits.models import Duty
from visits.planner import plan

START, END = date(2027, 12, 1), date(2028, 7, 31)  # Over New Year, a Spring Festival, 29 February and 1 July.
SPAN = (END - START).days
calm = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)

joined = st.one_of(
    st.dates(date(1970, 1, 1), date(2027, 11, 30)),
    st.sampled_from([date(1976, 2, 29), date(1984, 2, 29), date(1978, 7, 1), date(1990, 12, 31), date(1990, 1, 1)]),
)
person = st.fixed_dictionaries(
    {
        "joined_on": joined,
        "joined_precision": st.sampled_from(["day", "day", "month"]),
        "birth_on": st.sampled_from([date(1948, 1, 1), date(1948, 2, 8), date(1948, 7, 2), date(1935, 5, 5)]),
        "full_on": st.sampled_from([None, date(2027, 12, 1)]),
    }
)
change = st.one_of(
    st.just({"died_on": date(2027, 12, 1)}),
    st.just({"left_on": date(2027, 12, 1)}),
    st.just({"party_status": "suspended"}),
    st.just({"party_status": "normal"}),
    st.just({"medal_on": date(2027, 12, 1)}),
    st.fixed_dictionaries({"joined_on": joined}),
    st.just({"move": True}),
)
event = st.tuples(st.integers(0, SPAN), st.integers(0, 3), change)


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def happen(county: County, who: list[Member], index: int, facts: dict[str, Any]) -> None:
    member = Member.objects.get(pk=who[index % len(who)].pk)
    if facts.get("move"):
        facts = {"organization": county.far_branch}
    for name, value in facts.items():
        setattr(member, name, value)
    if member.full_on and member.full_on < member.joined_on:
        member.full_on = member.joined_on
    apply(member)
    member.save()


def lived(county: County, persons: list[dict[str, Any]], events: list[Any], runs: set[int]) -> list[Any]:
    """What stands at the end when planning ran on the days `runs` after the start, and on the last day."""
    with undone():
        who = [people.member(county.branch, name=f"第{number}人", **facts) for number, facts in enumerate(persons)]
        plan(START)
        for day in range(1, SPAN + 1):
            for at, index, facts in events:
                if at == day:
                    happen(county, who, index, facts)
            if day in runs or day == SPAN:
                plan(START + timedelta(days=day))
        return sorted(
            Duty.objects.filter(status="open", grace_until__gte=END).values_list(
                "member__name", "rule_code", "period", "opens", "due", "grace_until", "organization_id", "terms__anchor"
            )
        )


class TestLateRuns:
    @calm
    @given(
        persons=st.lists(person, min_size=1, max_size=4),
        events=st.lists(event, max_size=4),
        runs=st.sets(st.integers(1, SPAN), max_size=12),
    )
    @example(
        persons=[{"joined_on": date(1990, 7, 28), "birth_on": date(1935, 5, 5), "full_on": None}],
        events=[(230, 0, {"party_status": "suspended"}), (240, 0, {"party_status": "normal"})],
        runs={1, 228, 229, 230, 231, 239, 240, 241},
    )
    def test_give_what_many_runs_give(
        self, county: County, persons: list[dict[str, Any]], events: list[Any], runs: set[int]
    ) -> None:
        events = sorted(events, key=lambda one: one[0])
        assert lived(county, persons, events, runs) == lived(county, persons, events, set())

    def test_every_day_of_eight_months_gives_what_the_last_day_alone_gives(self, county: County) -> None:
        persons = [
            {"joined_on": date(1976, 2, 29), "birth_on": date(1948, 2, 8), "full_on": None},
            {"joined_on": date(1990, 7, 1), "joined_precision": "month"},
            {"joined_on": date(1990, 7, 27), "birth_on": date(1935, 5, 5)},
            {"joined_on": date(1977, 8, 1), "birth_on": date(1950, 5, 5), "full_on": None},
        ]
        events = [(100, 2, {"died_on": date(2028, 3, 1)}), (150, 1, {"move": True})]
        every_day = lived(county, persons, events, set(range(1, SPAN)))
        assert every_day == lived(county, persons, events, set())
        assert [row[:3] for row in every_day] == [
            ("第0人", "leader-contact", "2028"),
            ("第1人", "leader-contact", "2028"),
            ("第1人", "political-birthday", "2028"),
            ("第3人", "leader-contact", "2028"),
            ("第3人", "political-birthday", "2028"),
        ]


class TestNobodyChanges:
    """Without changes not only what is still due is the same, but everything that was ever given."""

    @calm
    @given(persons=st.lists(person, min_size=1, max_size=4), runs=st.sets(st.integers(1, SPAN), max_size=12))
    def test_late_runs_leave_nothing_out(self, county: County, persons: list[dict[str, Any]], runs: set[int]) -> None:
        def given_in(days: set[int]) -> list[Any]:
            with undone():
                for number, facts in enumerate(persons):
                    people.member(county.branch, name=f"第{number}人", **facts)
                plan(START)
                for day in sorted(days | {SPAN}):
                    plan(START + timedelta(days=day))
                return sorted(Duty.objects.values_list("member__name", "rule_code", "period", "opens", "due"))

        assert given_in(runs) == given_in(set())


@pytest.fixture(autouse=True)
def signals_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """People are written past the business functions here: the sweep alone must find the changes."""
    monkeypatch.setattr("visits.listeners.planner.replan_members", lambda *_args, **_kwargs: None)
