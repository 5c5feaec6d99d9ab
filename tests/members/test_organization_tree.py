from datetime import date, timedelta

import pytest
from django.db.utils import IntegrityError
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from carehelp.accounts.models import User
from carehelp.audit.models import AuditEvent
from members import organizations
from members.models import Appointment, Member, Organization
from members.models.organization import STEP, step
from members.roles import Role
from tests import people
from tests.conftest import County
from tests.members.test_people import at_once
from tests.people import TODAY


def assert_is_a_tree() -> None:
    """Every path is its parent's path plus one step, and no two are the same."""
    rows = list(Organization.objects.select_related("parent"))
    for row in rows:
        above = row.parent.path if row.parent else ""
        assert row.path[:-STEP] == above, (row.name, row.path, above)
    assert len({row.path for row in rows}) == len(rows)


class TestFounding:
    def test_children_get_steps_in_order(self, county: County) -> None:
        assert county.branch.path == county.town.path + step(1)
        assert county.neighbour_branch.path == county.town.path + step(2)

    def test_a_taken_code_is_refused_and_uses_up_no_step(self, county: County) -> None:
        with pytest.raises(organizations.NotPossible, match="代码"):
            organizations.found(code="610101", name="另一个", kind="branch", parent=county.town)
        county.town.refresh_from_db()
        assert county.town.last_child == 2

    def test_nothing_is_founded_below_a_closed_organization(self, county: County, officer: User) -> None:
        stale = Organization.objects.get(pk=county.branch.pk)
        organizations.close(county.branch, on=TODAY, members_to=None, by=officer, today=TODAY)
        with pytest.raises(organizations.NotPossible):
            organizations.found(code="X", name="第一党小组", kind="group", parent=stale)

    def test_the_tree_has_a_bottom(self, county: County) -> None:
        at = county.town
        while len(at.path) < organizations.MAX_PATH:
            at = people.organization("层", "committee", at)
        with pytest.raises(organizations.NotPossible, match="过深"):
            people.organization("层", "committee", at)

    @pytest.mark.parametrize(
        ("parent", "possible"),
        [
            ("county", ["committee", "general-branch", "branch", "group"]),
            ("town", ["committee", "general-branch", "branch", "group"]),
            ("branch", ["group"]),
        ],
    )
    def test_what_may_stand_below_what(self, county: County, parent: str, possible: list[str]) -> None:
        assert organizations.possible_kinds(getattr(county, parent)) == possible


class TestMovingASubtree:
    def test_everything_below_goes_along(self, county: County) -> None:
        organizations.move(county.town, under=county.other_county)
        county.branch.refresh_from_db()
        county.other_county.refresh_from_db()
        assert county.branch.path.startswith(county.other_county.path)
        assert set(Organization.objects.under(county.county)) == {county.county, county.other_town, county.far_branch}
        assert_is_a_tree()

    def test_people_and_their_visibility_go_along(self, county: County, officer: User, other_officer: User) -> None:
        people.member(county.branch)
        organizations.move(county.town, under=county.other_county)
        assert not Member.objects.visible_to(officer, "view_people").exists()
        assert Member.objects.visible_to(other_officer, "view_people").count() == 1

    def test_nothing_moves_below_itself(self, county: County) -> None:
        for below in (county.county, county.branch):
            with pytest.raises(organizations.NotPossible):
                organizations.move(county.county, under=below)
        assert_is_a_tree()

    def test_the_history_says_who(self, county: County, officer: User) -> None:
        organizations.move(county.branch, under=county.other_town, by=officer)
        assert county.branch.history.first().history_user == officer

    def test_what_moves_is_counted_before(self, county: County) -> None:
        people.member(county.branch)
        load = organizations.load_of(county.town)
        assert (load.organizations, load.members) == (3, 1)

    def test_a_subtree_that_would_become_too_deep_stays(self, county: County) -> None:
        deep = county.other_town
        while len(deep.path) < organizations.MAX_PATH - STEP:
            deep = people.organization("层", "committee", deep)
        with pytest.raises(organizations.NotPossible, match="过深"):
            organizations.move(county.town, under=deep)


class TestClosing:
    def test_open_children_come_first(self, county: County, officer: User) -> None:
        with pytest.raises(organizations.NotPossible):
            organizations.close(county.town, on=TODAY, members_to=None, by=officer, today=TODAY)

    def test_its_members_need_a_place(self, county: County, member: Member, officer: User) -> None:
        with pytest.raises(organizations.NotPossible):
            organizations.close(county.branch, on=TODAY, members_to=None, by=officer, today=TODAY)
        with pytest.raises(organizations.NotPossible):
            organizations.close(county.branch, on=TODAY, members_to=county.branch, by=officer, today=TODAY)
        moved = organizations.close(
            county.branch, on=TODAY, members_to=county.neighbour_branch, by=officer, today=TODAY
        )
        member.refresh_from_db()
        assert (moved, member.organization) == (1, county.neighbour_branch)

    def test_a_closed_branch_cannot_take_them(self, county: County, member: Member, officer: User) -> None:
        organizations.close(county.neighbour_branch, on=TODAY, members_to=None, by=officer, today=TODAY)
        with pytest.raises(organizations.NotPossible):
            organizations.close(county.branch, on=TODAY, members_to=county.neighbour_branch, by=officer, today=TODAY)
        county.branch.refresh_from_db()
        assert county.branch.is_open

    def test_appointments_end_and_those_to_come_are_withdrawn(
        self, county: County, secretary: User, neighbour: User, officer: User
    ) -> None:
        to_come = Appointment.objects.create(
            user=neighbour, organization=county.branch, role=Role.SECRETARY, starts=date(2027, 1, 1)
        )
        organizations.close(county.branch, on=TODAY, members_to=None, by=officer, today=TODAY)
        assert secretary.appointments.get().ends == TODAY
        assert not Appointment.objects.filter(pk=to_come.pk).exists()
        assert Appointment.history.filter(id=to_come.pk, history_type="-").get().history_user == officer
        told = AuditEvent.objects.filter(verb=AuditEvent.Verb.POWER, actor_id=officer.pk)
        assert sorted(event.detail["change"] for event in told) == ["ended", "withdrawn"]

    def test_it_cannot_lie_ahead(self, county: County, officer: User) -> None:
        with pytest.raises(organizations.NotPossible):
            organizations.close(county.branch, on=TODAY + timedelta(days=1), members_to=None, by=officer, today=TODAY)


class TestCounting:
    def test_one_query_for_a_level(self, county: County, django_assert_num_queries) -> None:
        people.member(county.branch)
        people.member(county.far_branch)
        dead = people.member(county.branch)
        Member.objects.filter(pk=dead.pk).update(died_on=TODAY)
        with django_assert_num_queries(1):
            counts = organizations.member_counts([county.county, county.town, county.other_town, county.other_county])
        assert counts == {county.county.pk: 2, county.town.pk: 1, county.other_town.pk: 1}


class TestFindingByName:
    def test_label_code_and_name_mean_the_same(self, county: County) -> None:
        for typed in ("红旗镇东风村党支部（610101）", "红旗镇东风村党支部(610101)", "610101", "红旗镇东风村党支部"):
            assert organizations.named(Organization.objects.all(), typed) == [county.branch]

    def test_a_name_used_twice_gives_both(self, county: County) -> None:
        people.organization("红旗镇东风村党支部", "branch", county.other_town)
        assert len(organizations.named(Organization.objects.all(), "红旗镇东风村党支部")) == 2

    def test_a_name_with_brackets_is_still_found(self, county: County) -> None:
        made = people.organization("第一中学（东校区）党支部", "branch", county.town)
        assert organizations.named(Organization.objects.all(), "第一中学（东校区）党支部") == [made]


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_two_moves_that_cross_make_no_circle(self, county: County) -> None:
        results = at_once(
            lambda: organizations.move(county.town, under=county.other_town),
            lambda: organizations.move(county.other_town, under=county.town),
        )
        assert sorted(type(result).__name__ for result in results) == ["NoneType", "NotPossible"]
        assert_is_a_tree()

    def test_who_is_founded_during_a_move_stands_below_the_new_place(self, county: County) -> None:
        for number in range(6):
            target = county.other_county if number % 2 == 0 else county.county
            results = at_once(
                lambda target=target: organizations.move(county.town, under=target),
                lambda number=number: people.organization(f"新{number}", "branch", county.town, code=f"N{number}"),
                lambda number=number: people.organization(f"组{number}", "group", county.branch, code=f"G{number}"),
            )
            assert not [result for result in results if isinstance(result, Exception)]
            assert_is_a_tree()

    def test_founders_side_by_side_get_steps_of_their_own(self, county: County) -> None:
        at_once(*(lambda n=n: people.organization("新", "branch", county.town, code=f"N{n}") for n in range(6)))
        assert_is_a_tree()
        assert county.town.children.count() == 8

    def test_two_roots_at_once_get_two_paths(self, county: County) -> None:
        results = at_once(*(lambda n=n: people.organization("省", "province", None, code=f"P{n}") for n in range(4)))
        assert not [result for result in results if isinstance(result, Exception)]
        assert_is_a_tree()

    def test_two_branches_closed_into_each_other_do_not_block(self, county: County, officer: User) -> None:
        people.member(county.branch)
        people.member(county.neighbour_branch)
        results = at_once(
            lambda: organizations.close(
                county.branch, on=TODAY, members_to=county.neighbour_branch, by=officer, today=TODAY
            ),
            lambda: organizations.close(
                county.neighbour_branch, on=TODAY, members_to=county.branch, by=officer, today=TODAY
            ),
        )
        assert sorted(type(result).__name__ for result in results) == ["NotPossible", "int"]
        assert Member.objects.in_place().filter(organization__closed_on__isnull=True).count() == 2

    def test_one_code_founded_twice_is_one_organization(self, county: County) -> None:
        results = at_once(*(lambda: people.organization("新", "branch", county.town, code="ONE") for _ in range(3)))
        assert sorted(type(result).__name__ for result in results) == ["NotPossible", "NotPossible", "Organization"]

    def test_a_row_by_hand_that_breaks_the_tree_is_refused(self, county: County) -> None:
        with pytest.raises(IntegrityError):
            Organization.objects.filter(pk=county.branch.pk).update(path="00010099")


class TestAnySequence(TestCase):
    """Whatever is founded and moved in whatever order: it stays a tree."""

    @settings(max_examples=25, deadline=None)
    @given(st.lists(st.tuples(st.booleans(), st.integers(0, 30), st.integers(0, 30)), max_size=25))
    def test_it_stays_a_tree(self, moves: list[tuple[bool, int, int]]) -> None:
        rows = [people.organization("根", "committee")]
        for is_move, first, second in moves:
            one, other = rows[first % len(rows)], rows[second % len(rows)]
            try:
                if is_move:
                    organizations.move(one, under=other)
                else:
                    rows.append(people.organization("支", "committee", Organization.objects.get(pk=one.pk)))
            except organizations.NotPossible:
                pass
        assert_is_a_tree()
