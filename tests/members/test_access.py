"""The one door."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carehelp.accounts.models import User
from members.access import Powers, can, forget_powers, holds, powers_of, require_perm, within
from members.models import Appointment, Member, Organization
from members.roles import EDIT_PEOPLE, PERMISSIONS, UNMASK_PEOPLE, VIEW_PEOPLE, Role, roles_with
from tests import people
from tests.conftest import County

TODAY = people.TODAY
DAY = timedelta(days=1)


def appoint(at: Organization, role: Role, starts: date, ends: date | None = None) -> User:
    user = people.user(f"u{Appointment.objects.count()}")
    Appointment.objects.create(user=user, organization=at, role=role, starts=starts, ends=ends)
    return user


class TestTime:
    @pytest.mark.parametrize(
        ("starts", "ends", "in_force"),
        [
            (TODAY, None, True),
            (TODAY - DAY, TODAY, True),
            (TODAY - DAY, TODAY - DAY, False),
            (TODAY + DAY, None, False),
            (TODAY, TODAY, True),
        ],
    )
    def test_power_begins_and_ends_by_itself(
        self, county: County, member: Member, starts: date, ends: date | None, in_force: bool
    ) -> None:
        user = appoint(county.branch, Role.SECRETARY, starts, ends)
        assert can(user, VIEW_PEOPLE, member) is in_force
        assert holds(user, VIEW_PEOPLE) is in_force

    def test_it_ends_at_midnight_even_for_an_object_that_was_asked_before(
        self, county: County, member: Member, settings: Any
    ) -> None:
        user = appoint(county.branch, Role.SECRETARY, TODAY, TODAY)
        assert can(user, VIEW_PEOPLE, member)
        settings.CAREHELP_TODAY = TODAY + DAY
        assert not can(user, VIEW_PEOPLE, member)

    def test_a_closed_account_has_no_power(self, county: County, member: Member, secretary: User) -> None:
        secretary.is_active = False
        assert not can(secretary, VIEW_PEOPLE, member)


class TestScope:
    def test_nested_appointments_count_once(self, county: County, member: Member) -> None:
        user = people.user("nested", (Role.OFFICER, county.county), (Role.OFFICER, county.town))
        assert powers_of(user).paths(VIEW_PEOPLE) == [county.county.path]
        assert list(Member.objects.visible_to(user, VIEW_PEOPLE)) == [member]

    def test_two_branches_are_two_windows(self, county: County, member: Member) -> None:
        far = people.member(county.far_branch)
        people.member(county.neighbour_branch)
        user = people.user("two", (Role.SECRETARY, county.branch), (Role.SECRETARY, county.far_branch))
        assert set(Member.objects.visible_to(user, VIEW_PEOPLE)) == {member, far}

    def test_a_role_here_gives_nothing_there(self, county: County, member: Member) -> None:
        user = people.user("mixed", (Role.AUDITOR, county.county), (Role.SECRETARY, county.neighbour_branch))
        assert can(user, VIEW_PEOPLE, member)
        assert not can(user, EDIT_PEOPLE, member)
        assert can(user, EDIT_PEOPLE, people.member(county.neighbour_branch))

    def test_nobody_sees_upwards(self, county: County, secretary: User) -> None:
        assert list(Organization.objects.visible_to(secretary, "view_organizations")) == [county.branch]

    def test_scope_costs_one_query_per_request(
        self, county: County, officer: User, django_assert_num_queries: Any
    ) -> None:
        forget_powers(officer)
        with django_assert_num_queries(1):
            powers_of(officer).paths(VIEW_PEOPLE)
            powers_of(officer).paths(EDIT_PEOPLE)


class TestVerbs:
    def test_the_auditor_reads_and_changes_nothing(self, member: Member, auditor: User) -> None:
        assert can(auditor, VIEW_PEOPLE, member)
        for perm in (EDIT_PEOPLE, UNMASK_PEOPLE, "log_care", "import_people", "waive_duty", "manage_organizations"):
            assert not can(auditor, perm, member)

    @pytest.mark.parametrize("role", ["system_admin", "security_admin", "audit_admin"])
    def test_administrators_see_no_member(self, member: Member, role: str, request: pytest.FixtureRequest) -> None:
        assert not can(request.getfixturevalue(role), VIEW_PEOPLE, member)

    def test_a_permission_that_nobody_holds_is_a_typing_error(self) -> None:
        with pytest.raises(KeyError):
            roles_with("view_peple")
        with pytest.raises(KeyError):
            require_perm("view_peple")

    def test_list_and_detail_cannot_disagree(self, county: County, request: pytest.FixtureRequest) -> None:
        rows = [people.member(at) for at in (county.branch, county.neighbour_branch, county.other_county_branch)]
        for name in ("secretary", "officer", "auditor", "fund_officer", "system_admin", "stranger"):
            user = request.getfixturevalue(name)
            for perm in sorted(set().union(*PERMISSIONS.values())):
                listed = set(Member.objects.visible_to(user, perm))
                assert {row for row in rows if can(user, perm, row)} == listed, (name, perm)
                reached = {row for row in rows if powers_of(user).reaches(perm, row.organization.path)}
                assert reached == listed, (name, perm)


STEPS = st.sampled_from(["0000", "0001", "000A", "ZZZZ"])
PATHS = st.lists(STEPS, min_size=1, max_size=5).map("".join)


class TestPaths:
    @given(held=st.lists(PATHS, max_size=4), path=PATHS)
    def test_the_range_and_the_prefix_are_the_same(self, held: list[str], path: str) -> None:
        powers = Powers(TODAY, tuple((Role.OFFICER.value, one) for one in held))
        in_range = any(top <= path < top + "~" for top in powers.paths(VIEW_PEOPLE))
        assert powers.reaches(VIEW_PEOPLE, path) == in_range == any(path.startswith(one) for one in held)

    def test_no_paths_admit_nothing(self, member: Member) -> None:
        assert not Member.objects.filter(within([], "organization__path")).exists()
