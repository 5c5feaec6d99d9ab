import pytest
from hypothesis import given
from hypothesis import strategies as st

from members import names
from members.models import Member
from members.search import NameQuery
from tests import people
from tests.conftest import County


def found_by(typed: str) -> set[str]:
    return set(Member.objects.filter(search=NameQuery(names.search_query(typed))).values_list("name", flat=True))


class TestReadingsOfSurnames:
    @pytest.mark.parametrize(
        ("name", "typed"),
        [
            ("单春华", "shan"), ("单春华", "dan"), ("单春华", "chan"), ("仇和平", "qiu"), ("仇和平", "chou"),
            ("区桂芳", "ou"), ("区桂芳", "qu"), ("解放", "xie"), ("查良", "zha"), ("盖文", "ge"), ("朴正", "piao"),
            ("翟天", "zhai"), ("覃辉", "qin"), ("覃辉", "tan"), ("曾国", "zeng"), ("任远", "ren"), ("尉迟恭", "yuchi"),
            ("尉迟恭", "ycg"), ("长孙无忌", "zhangsun"), ("吕德胜", "lv"), ("吕德胜", "lu"), ("吕德胜", "lyu"),
        ],
    )  # fmt: skip
    def test_every_reading_finds_the_person(self, county: County, name: str, typed: str) -> None:
        people.member(county.branch, name)
        assert found_by(typed) == {name}


class TestSearching:
    @pytest.fixture(autouse=True)
    def _somebody(self, county: County) -> None:
        for name in ("陈海涛", "陈国栋", "古丽巴哈尔·买买提艾力", "欧阳 明"):
            people.member(county.branch, name)

    @pytest.mark.parametrize(
        ("typed", "expected"),
        [
            ("陈海", {"陈海涛"}),
            ("海涛", {"陈海涛"}),
            ("chenhai", {"陈海涛"}),
            ("CHT", {"陈海涛"}),
            ("haitao", {"陈海涛"}),
            ("chen", {"陈海涛", "陈国栋"}),
            ("chen guo", {"陈国栋"}),
            ("ｃｇｄ", {"陈国栋"}),
            ("买买提", {"古丽巴哈尔·买买提艾力"}),
            ("古丽巴哈尔·买", {"古丽巴哈尔·买买提艾力"}),
            ("guli", {"古丽巴哈尔·买买提艾力"}),
            ("欧阳明", {"欧阳 明"}),
            ("ouyangming", {"欧阳 明"}),
            ("李", set()),
        ],
    )
    def test_names_pinyin_and_initials(self, typed: str, expected: set[str]) -> None:
        assert found_by(typed) == expected

    @pytest.mark.parametrize("typed", ["'", "\\", "a' | 'b", "!chen & (", ":*", "''':*", "陈\\", "% _", "<b>"])
    def test_no_character_breaks_the_query(self, typed: str) -> None:
        if names.search_query(typed):
            found_by(typed)

    def test_nothing_typed_asks_nothing(self) -> None:
        assert names.search_query("  ' ") == ""


class TestSorting:
    def test_names_sort_by_pinyin(self) -> None:
        assert sorted(["张三", "陈海涛", "单春华", "安平"], key=names.sort_name) == ["安平", "陈海涛", "单春华", "张三"]

    @given(st.text(max_size=60))
    def test_any_text_is_a_name(self, text: str) -> None:
        assert len(names.sort_name(text)) <= 120
        assert all(names.lexemes(text))
