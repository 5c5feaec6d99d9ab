import pytest
from django.urls import reverse

from carehelp.accounts.models import User
from members.models import Member, Organization
from tests import people
from tests.conftest import County, signed_in

ACTS = ["rename", "found", "move", "close"]


def url(name: str, organization: Organization) -> str:
    return reverse(f"members:organization{name and '-'}{name}", args=[organization.pk])


def text(user: User, address: str) -> str:
    response = signed_in(user).get(address)
    assert response.status_code == 200
    return response.content.decode()


class TestTheTree:
    def test_it_begins_where_one_is_appointed_one_level_open(self, county: County, officer: User) -> None:
        page = text(officer, reverse("members:organizations"))
        assert "中共云岭县委员会" in page
        assert "中共红旗镇委员会" in page
        assert "红旗镇东风村党支部" not in page  # Only when asked for.
        assert "中共临川县委员会" not in page

    def test_a_level_comes_on_demand_with_counts(self, county: County, officer: User) -> None:
        for _ in range(3):
            people.member(county.branch)
        page = text(officer, url("children", county.town))
        assert "红旗镇东风村党支部" in page
        assert "3 人" in page
        assert "<html" not in page

    @pytest.mark.parametrize(
        ("typed", "found"), [("东风", True), ("610101", True), ("红旗 东风", True), ("新民", False)]
    )
    def test_search_by_name_and_code_stays_in_scope(
        self, county: County, officer: User, typed: str, found: bool
    ) -> None:
        page = text(officer, reverse("members:organizations") + f"?q={typed}")
        assert ("红旗镇东风村党支部" in page) is found
        assert "临川县新民村党支部" not in page

    @pytest.mark.parametrize("typed", ["\x00", "a\x00b", "%", "_", "'", "\\"])
    def test_no_text_breaks_the_search(self, county: County, officer: User, typed: str) -> None:
        client = signed_in(officer)
        assert client.get(reverse("members:organizations"), {"q": typed}).status_code == 200
        asked = {"for": "view", "name": "at", "at": typed}
        assert client.get(reverse("members:organization-options"), asked).status_code == 200

    def test_sixty_thousand_do_not_come_at_once(
        self, county: County, officer: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("members.views.organizations.SHOWN", 2)
        for number in range(4):
            people.organization(f"多余{number}支部", "branch", county.town)
        page = text(officer, url("children", county.town))
        assert page.count("ch-node-name") == 2
        assert "还有更多" in page

    def test_administrators_see_the_tree_but_no_number_of_people(self, county: County, system_admin: User) -> None:
        people.member(county.branch)
        assert " 人" not in text(system_admin, url("", county.town)).replace("系统管理员", "")

    def test_as_many_queries_for_many_children_as_for_few(
        self, county: County, officer: User, django_assert_max_num_queries
    ) -> None:
        counts = []
        for more in (0, 30):
            for number in range(more):
                people.member(people.organization(f"支部{number}", "branch", county.town))
            client = signed_in(officer)
            with django_assert_max_num_queries(20) as queries:
                client.get(url("", county.town))
            counts.append(len(queries))
        assert counts[0] == counts[1]


class TestWhoMay:
    def test_out_of_scope_there_is_nothing(self, county: County, other_officer: User) -> None:
        client = signed_in(other_officer)
        for name in ("", "children", *ACTS):
            assert client.get(url(name, county.branch)).status_code == 404

    @pytest.mark.parametrize("role", ["secretary", "auditor", "fund_officer", "system_admin"])
    def test_who_does_not_manage_gets_no_form_and_no_button(
        self, county: County, role: str, request: pytest.FixtureRequest
    ) -> None:
        user = request.getfixturevalue(role)
        page = text(user, url("", county.branch))
        for name in ACTS:
            assert url(name, county.branch) not in page
            assert signed_in(user).get(url(name, county.branch)).status_code == 403


class TestActs:
    def test_renaming(self, county: County, officer: User) -> None:
        signed_in(officer).post(url("rename", county.branch), {"name": "红旗镇新东风村党支部"})
        county.branch.refresh_from_db()
        assert county.branch.name == "红旗镇新东风村党支部"
        assert county.branch.history.first().history_user == officer

    def test_founding(self, county: County, officer: User) -> None:
        data = {"code": "610103", "name": "红旗镇胜利村党支部", "kind": "branch"}
        assert signed_in(officer).post(url("found", county.town), data).status_code == 302
        assert Organization.objects.get(code="610103").parent == county.town
        again = signed_in(officer).post(url("found", county.town), data)
        assert "该组织代码已被使用" in again.content.decode()

    def test_a_kind_that_cannot_stand_there_is_refused(self, county: County, officer: User) -> None:
        data = {"code": "610103", "name": "县委", "kind": "county"}
        assert signed_in(officer).post(url("found", county.town), data).status_code == 200
        assert not Organization.objects.filter(code="610103").exists()

    def test_moving_says_what_moves_and_needs_both_ends_in_scope(self, county: County, officer: User) -> None:
        people.member(county.branch)
        assert "将转移 1 个党组织、1 名党员" in text(officer, url("move", county.branch))
        refused = signed_in(officer).post(url("move", county.branch), {"under": "62"})
        assert "职责范围内没有该党组织" in refused.content.decode()
        assert signed_in(officer).post(url("move", county.branch), {"under": "6102"}).status_code == 302
        county.branch.refresh_from_db()
        assert county.branch.parent == county.other_town

    def test_moving_below_itself_is_explained(self, county: County, officer: User) -> None:
        page = signed_in(officer).post(url("move", county.town), {"under": "610101"}).content.decode()
        assert 'role="alert"' in page

    def test_closing_asks_where_the_members_go(self, county: County, member: Member, officer: User) -> None:
        client = signed_in(officer)
        assert "1 名党员" in text(officer, url("close", county.branch))
        missing = client.post(url("close", county.branch), {"on": "2026-11-24"})
        assert missing.status_code == 200
        outside = client.post(url("close", county.branch), {"on": "2026-11-24", "members_to": "620101"})
        assert "职责范围内没有该党组织" in outside.content.decode()
        done = client.post(url("close", county.branch), {"on": "2026-11-24", "members_to": "610102"})
        assert done.status_code == 302
        member.refresh_from_db()
        assert member.organization == county.neighbour_branch
        assert "已撤销" in text(officer, url("", county.branch))
        assert client.get(url("rename", county.branch)).status_code == 404  # What is closed is not touched.

    def test_open_children_are_named(self, county: County, officer: User) -> None:
        page = signed_in(officer).post(url("close", county.town), {"on": "2026-11-24"}).content.decode()
        assert 'role="alert"' in page

    def test_suggestions_of_an_unknown_kind_are_nowhere(self, officer: User) -> None:
        assert signed_in(officer).get(reverse("members:organization-options") + "?for=all").status_code == 404
