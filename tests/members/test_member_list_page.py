import re
from datetime import date

import pytest
from django.test import Client

from carehelp.accounts.models import User
from carehelp.lib.fields import reveal
from members.models import Member
from tests import people
from tests.conftest import County, signed_in


def shown(client: Client, query: str = "") -> list[str]:
    """Names on the list, in its order."""
    page = client.get(f"/people/{query}").content.decode()
    return re.findall(r'class="ch-person"[^>]*>([^<]+)<', page)


@pytest.fixture
def client(officer: User) -> Client:
    return signed_in(officer)


class TestScope:
    def test_a_secretary_sees_the_own_branch_only(self, county: County, secretary: User) -> None:
        people.member(county.branch, "自己人")
        people.member(county.neighbour_branch, "邻居人")
        assert shown(signed_in(secretary)) == ["自己人"]

    def test_an_id_number_finds_nobody_outside(self, county: County, secretary: User) -> None:
        far = people.member(county.far_branch, "远方人")
        assert shown(signed_in(secretary), f"?q={reveal(far, 'id_number')}") == []

    def test_an_organization_outside_is_refused(self, county: County, secretary: User) -> None:
        people.member(county.branch, "自己人")
        page = signed_in(secretary).get("/people/?at=610201").content.decode()
        assert "青山镇柳林村党支部" not in page

    @pytest.mark.parametrize("role", ["system_admin", "security_admin", "audit_admin", "stranger"])
    def test_administrators_and_strangers_are_kept_out(self, role: str, request: pytest.FixtureRequest) -> None:
        assert signed_in(request.getfixturevalue(role)).get("/people/").status_code == 403


class TestSearch:
    def test_every_reading_of_a_surname(self, county: County, client: Client) -> None:
        people.member(county.branch, "单春华")
        people.member(county.branch, "王建国")
        assert [shown(client, f"?q={typed}") for typed in ("shan", "dan", "chan", "sch", "单", "春华")] == [
            ["单春华"]
        ] * 6

    def test_a_full_id_number_finds_its_holder_even_among_the_dead(self, county: County, client: Client) -> None:
        member = people.member(county.branch, "王建国")
        Member.objects.filter(pk=member.pk).update(died_on=people.TODAY)
        number = reveal(member, "id_number")
        assert shown(client, f"?q={number}") == ["王建国"]
        assert shown(client, f"?q={number[:6]} {number[6:14]} {number[14:]}&category=probationary") == ["王建国"]

    def test_a_full_id_number_stays_out_of_the_browsers_history(self, county: County, client: Client) -> None:
        number = reveal(people.member(county.branch), "id_number")
        assert client.get("/people/", {"q": number}, headers={"HX-Request": "true"})["HX-Push-Url"] == "false"
        assert "HX-Push-Url" not in client.get("/people/", {"q": "wang"}, headers={"HX-Request": "true"})

    def test_the_old_form_of_15_digits_finds_too(self, county: County, client: Client) -> None:
        member = people.member(county.branch, "王建国")
        number = reveal(member, "id_number")
        assert shown(client, f"?q={number[:6]}{number[8:17]}") == ["王建国"]

    def test_a_part_of_an_id_number_finds_nobody_and_says_why(self, county: County, client: Client) -> None:
        number = reveal(people.member(county.branch), "id_number")
        for part in (number[:-1], number[:8], number[-6:]):
            response = client.get(f"/people/?q={part}")
            assert 'class="ch-person"' not in response.content.decode()
            assert "完整的 18 位" in response.content.decode()

    @pytest.mark.parametrize("typed", ["'", "\x00", "\\", ":*", "<script>", "&", "a" * 500])
    def test_no_text_breaks_it(self, client: Client, county: County, typed: str) -> None:
        assert client.get("/people/", {"q": typed}).status_code == 200


class TestNarrowing:
    @pytest.fixture(autouse=True)
    def _people(self, county: County) -> None:
        people.member(county.branch, "老党员", birth_on=date(1946, 11, 24), joined_on=date(1974, 5, 3), full_on=None)
        people.member(county.branch, "差一天", birth_on=date(1946, 11, 25))
        people.member(county.branch, "流动的", floating=True, floating_to="苏州")
        people.member(county.neighbour_branch, "失联的", lost_contact=True)
        people.member(county.far_branch, "预备的", category="probationary", full_on=None)
        people.member(county.far_branch, "停止的", party_status="suspended")
        for name, fact in (("去世的", "died_on"), ("离册的", "left_on")):
            gone = people.member(county.branch, name)
            Member.objects.filter(pk=gone.pk).update(**{fact: people.TODAY})

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("?age=80", {"老党员"}),
            ("?party_age=50", {"老党员"}),
            ("?whereabouts=floating", {"流动的"}),
            ("?whereabouts=lost", {"失联的"}),
            ("?category=probationary", {"预备的"}),
            ("?state=suspended", {"停止的"}),
            ("?state=dead", {"去世的"}),
            ("?state=gone", {"离册的"}),
            ("?at=610102", {"失联的"}),
            ("?at=青山镇柳林村党支部（610201）&category=probationary", {"预备的"}),
            ("", {"老党员", "差一天", "流动的", "失联的", "预备的", "停止的"}),
        ],
    )
    def test_each_condition(self, client: Client, query: str, expected: set[str]) -> None:
        assert set(shown(client, query)) == expected

    def test_an_unknown_value_does_not_break_the_page(self, client: Client) -> None:
        assert client.get("/people/?age=lots&state=x&sort=zzz&page=99999").status_code == 200


class TestSorting:
    @pytest.fixture(autouse=True)
    def _people(self, county: County) -> None:
        for name, born, joined, care in (
            ("赵一", date(1950, 1, 1), date(1980, 1, 1), date(2026, 1, 1)),
            ("安二", date(1940, 1, 1), date(1990, 1, 1), None),
            ("马三", date(1960, 1, 1), date(1985, 1, 1), date(2025, 1, 1)),
        ):
            member = people.member(county.branch, name, birth_on=born, joined_on=joined, full_on=joined)
            Member.objects.filter(pk=member.pk).update(last_care_on=care)

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("", ["安二", "马三", "赵一"]),
            ("?sort=-name", ["赵一", "马三", "安二"]),
            ("?sort=birth_on", ["安二", "赵一", "马三"]),
            ("?sort=party_age", ["赵一", "马三", "安二"]),
            ("?sort=last_care", ["安二", "马三", "赵一"]),
            ("?sort=-last_care", ["赵一", "马三", "安二"]),
        ],
    )
    def test_each_order(self, client: Client, query: str, expected: list[str]) -> None:
        assert shown(client, query) == expected


class TestCost:
    def test_as_many_queries_for_a_page_full_as_for_one(
        self, county: County, officer: User, django_assert_max_num_queries
    ) -> None:
        people.member(county.branch)
        counts = []
        for more in (0, 59):
            for number in range(more):
                people.member(county.branch, f"李{number}")
            client = signed_in(officer)
            with django_assert_max_num_queries(20) as queries:
                client.get("/people/")
            counts.append(len(queries))
        assert counts[0] == counts[1]

    def test_sealed_columns_stay_in_the_database(
        self, county: County, client: Client, django_assert_max_num_queries
    ) -> None:
        people.member(county.branch)
        with django_assert_max_num_queries(20) as queries:
            client.get("/people/")
        read = [query["sql"] for query in queries if '"members_member"."sort_name"' in query["sql"]]
        assert read
        assert not any('"members_member"."id_number"' in sql or '"members_member"."phone"' in sql for sql in read)

    def test_counting_stops_at_a_limit(self, county: County, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("members.tables.COUNTED", 2)
        monkeypatch.setattr("members.tables.PER_PAGE", 2)
        for number in range(4):
            people.member(county.branch, f"李{number}")
        page = client.get("/people/").content.decode()
        assert 'rel="next"' not in page
