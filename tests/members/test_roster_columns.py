"""Header rows as they come: other names, other orders, other places."""

import random

import pytest

from members.roster.columns import FIELDS, NoHeader, recognize

FORM = [names[0] for names in FIELDS.values()]


@pytest.mark.parametrize("seed", range(10))
def test_any_name_in_any_order_is_found(seed: int) -> None:
    chance = random.Random(seed)
    chosen = [(key, chance.choice(names)) for key, names in FIELDS.items()]
    chance.shuffle(chosen)
    layout = recognize([["某县党员花名册"], [name for _key, name in chosen], ["甲"]])
    assert layout.header_row == 2
    assert layout.columns == {key: index for index, (key, _name) in enumerate(chosen)}


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("姓  名", "name"),
        ("*姓名", "name"),
        ("身份证\n号码", "id_number"),
        ("身份证号码（18位）", "id_number"),
        ("居民身份证号码", "id_number"),
        ("入党时间（年/月/日）", "joined"),
        ("加入中国共产党时间", "joined"),
        ("何时转正", "full"),
        ("转为中共正式党员日期", "full"),
        ("出生年月日", "birth"),
        ("现所在党支部名称", "branch"),
        ("所在党组织", "branch"),
        ("本人手机号码", "phone"),
        ("常住地址", "address"),
        ("联 系 电 话", "phone"),
    ],
)
def test_variations_are_understood(written: str, key: str) -> None:
    header = ["序号", "姓名" if key != "name" else "性别", "公民身份证号码" if key != "id_number" else "民族", written]
    assert recognize([header]).columns.get(key) == 3


@pytest.mark.parametrize(
    "other",
    [
        "入党介绍人",
        "入党申请时间",
        "支部书记姓名",
        "支部书记电话",
        "出生地",
        "身份证复印件",
        "备注",
        "入党年龄",
        "曾用名",
    ],
)
def test_columns_about_something_else_are_left_alone(other: str) -> None:
    layout = recognize([["姓名", "公民身份证号码", "性别", other]])
    assert 3 not in layout.columns.values()


def test_a_header_of_two_rows_is_read_together() -> None:
    above = ["姓名", "公民身份证号码", "党籍信息", "", "所在党支部"]
    below = ["", "", "入党时间", "转正时间", ""]
    layout = recognize([["花名册"], above, below, ["王建国", "619901196003050012", "1990-07-01", "", "东风村党支部"]])
    assert (layout.header_row, layout.first_row) == (3, 2)
    assert layout.columns == {"name": 0, "id_number": 1, "joined": 2, "full": 3, "branch": 4}


def test_the_exact_name_wins_over_a_likely_one() -> None:
    layout = recognize([["家庭电话", "姓名", "手机号码", "联系电话", "公民身份证号码"]])
    assert (layout.columns["phone"], layout.columns["landline"]) == (3, 0)


@pytest.mark.parametrize("rows", [[], [[]], [["甲", "乙"]], [["性别", "民族", "学历"]], [["姓名"]], [[1, 2.0, None]]])
def test_without_a_header_there_is_no_roster(rows: list[list[object]]) -> None:
    with pytest.raises(NoHeader):
        recognize(rows)
