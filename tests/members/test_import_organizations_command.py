"""`import_organizations`: founding, renaming and moving from a sheet, whatever its order."""

from pathlib import Path
from typing import Any

import pytest

from members import organizations
from members.models import Organization
from tests import people
from tests.conftest import County
from tests.members.rosters import codes, run, saved, workbook

HEAD = ("组织代码", "组织名称", "组织类别", "上级组织代码")
TREE = [
    ("91", "中共东湖县委员会", "县委", ""),
    ("9101", "中共南镇委员会", "基层党委", "91"),
    ("910101", "南镇一村党总支", "党总支", "9101"),
    ("91010101", "南镇一村第一党支部", "党支部", "910101"),
    ("9101010101", "第一党小组", "党小组", "91010101"),
]


@pytest.fixture
def take(db: None, tmp_path: Path) -> Any:
    def do(*rows: tuple[Any, ...], head: tuple[str, ...] = HEAD, options: tuple[str, ...] = ()) -> dict[str, Any]:
        status, outcome, _err = run("import_organizations", saved(workbook([head, *rows]), tmp_path), *options)
        assert status == (1 if outcome["rejected"] else 0)
        return outcome

    return do


def chain(code: str) -> list[str]:
    return [above.code for above in organizations.chain(Organization.objects.get(code=code))]


class TestFounding:
    def test_a_tree_in_any_order(self, take: Any) -> None:
        outcome = take(*reversed(TREE))
        assert (outcome["created"], outcome["rejected"], outcome["problems"]) == (5, 0, [])
        assert chain("9101010101") == ["91", "9101", "910101", "91010101"]
        assert Organization.objects.get(code="910101").kind == "general-branch"

    def test_other_headers_numbers_as_codes_and_a_title(self, take: Any, tmp_path: Path) -> None:
        rows = [
            ["党组织一览表"],
            ["上级编码", "党组织全称", "类型", "党组织编码"],
            ["", "中共东湖县委员会", "县委", 91.0],
            [91, "中共南镇委员会", "党委", 9101],
        ]
        _status, outcome, _err = run("import_organizations", saved(workbook(rows), tmp_path))
        assert outcome["created"] == 2
        assert chain("9101") == ["91"]

    def test_the_same_file_twice_changes_nothing(self, take: Any) -> None:
        take(*TREE)
        again = take(*TREE)
        assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 5)
        assert Organization.history.count() == 5

    def test_a_dry_run_writes_nothing(self, take: Any) -> None:
        assert take(*TREE, options=("--dry-run",))["created"] == 5
        assert not Organization.objects.exists()


class TestChanging:
    def test_a_new_name_is_a_renaming(self, take: Any) -> None:
        take(*TREE)
        outcome = take(("9101", "中共南街道工作委员会", "工委", "91"))
        assert outcome["updated"] == 1
        assert Organization.objects.get(code="9101").name == "中共南街道工作委员会"

    def test_another_superior_is_a_move_with_all_below(self, take: Any) -> None:
        take(*TREE, ("9102", "中共北镇委员会", "基层党委", "91"))
        assert take(("910101", "南镇一村党总支", "党总支", "9102"))["updated"] == 1
        assert chain("9101010101") == ["91", "9102", "910101", "91010101"]

    def test_a_branch_can_become_a_general_branch_with_branches_below(self, take: Any) -> None:
        take(*TREE[:2], ("910109", "九村党支部", "党支部", "9101"))
        outcome = take(("910109", "九村党总支", "党总支", "9101"), ("91010901", "九村第一党支部", "党支部", "910109"))
        assert (outcome["updated"], outcome["created"]) == (1, 1)

    def test_an_empty_superior_leaves_it_where_it_is(self, take: Any, county: County) -> None:
        assert take(("61", county.county.name, "县委", ""))["unchanged"] == 1

    def test_people_keep_a_branch_a_branch(self, take: Any, county: County) -> None:
        people.member(county.branch)
        outcome = take(("610101", county.branch.name, "党总支", "6101"))
        assert codes(outcome) == ["kind_not_possible"]


class TestProblems:
    @pytest.mark.parametrize(
        ("code", "row"),
        [
            ("code_missing", ("", "无码党支部", "党支部", "9101")),
            ("name_missing", ("910109", " ", "党支部", "9101")),
            ("kind_unknown", ("910109", "九村", "协会", "9101")),
            ("parent_unknown", ("910109", "九村党支部", "党支部", "nowhere")),
            ("kind_not_below", ("910109", "九镇委员会", "基层党委", "91010101")),
            ("duplicate_in_file", ("9101", "又一个", "基层党委", "91")),
            ("circle", ("910109", "九村党支部", "党支部", "910109")),
        ],
    )
    def test_each_has_its_code_and_only_its_row_stays_out(self, take: Any, code: str, row: tuple[str, ...]) -> None:
        outcome = take(*TREE, row)
        assert (codes(outcome), outcome["created"], outcome["rejected"]) == ([code], 5, 1)
        assert outcome["problems"][0]["row"] == 7

    def test_what_hangs_below_a_rejected_row_is_rejected_too(self, take: Any) -> None:
        outcome = take(("91", "", "县委", ""), *TREE[1:])
        assert codes(outcome) == ["name_missing", *["parent_unknown"] * 4]
        assert not Organization.objects.exists()

    def test_a_circle_of_two_is_found(self, take: Any) -> None:
        outcome = take(("1", "甲党委", "党委", "2"), ("2", "乙党委", "党委", "1"), ("3", "丙党支部", "党支部", "1"))
        assert codes(outcome) == ["circle", "circle", "parent_unknown"]

    def test_a_closed_organization_is_not_reopened(self, take: Any, county: County, officer: Any, today: Any) -> None:
        organizations.close(county.branch, on=today, members_to=None, by=officer, today=today)
        assert codes(take(("610101", county.branch.name, "党支部", "6101"))) == ["organization_closed"]

    @pytest.mark.parametrize(
        "content", [b"", b"<html>", workbook([]), workbook([HEAD]), workbook([["组织名称", "级别"], ["x", "y"]])]
    )
    def test_what_cannot_be_read_ends_with_one_sentence(self, db: None, tmp_path: Path, content: bytes) -> None:
        status, outcome, err = run("import_organizations", saved(content, tmp_path))
        assert (status, outcome, len(err.strip().splitlines())) == (2, None, 1)
