"""A workbook on its way in, in a real browser: upload, columns, preview, yes, result — accessible at every step."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from carehelp.lib.fields import reveal
from members.models import Member
from tests import people
from tests.browser.conftest import DESKTOP, PHONE, assert_accessible, sign_in
from tests.conftest import County
from tests.members.rosters import NOTE, roster, row, saved

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_roster_is_taken_over(
    county: County, officer: Any, tmp_path: Path, open_page: Callable[..., Page], screen: dict[str, Any]
) -> None:
    moving, changing = people.member(county.branch, "李红", sex="female"), people.member(county.branch, "陈海涛")
    rows = [
        row(姓名="赵甲"),
        row(姓名="", 所在党支部="红旗镇星火村党支部"),
        row(加入党组织日期="1990.07", 转为正式党员日期=""),
        row(姓名="陈海涛", 公民身份证号码=reveal(changing, "id_number"), 学历="大专", 联系电话="19912345678"),
        row(姓名="李红", 性别="女", 公民身份证号码=reveal(moving, "id_number"), 所在党支部=county.far_branch.name),
    ]
    file = saved(roster(*rows, title="云岭县党员花名册", note=NOTE), tmp_path, "云岭县党员花名册.xlsx")
    page = open_page(**screen)
    sign_in(page, officer)
    page.goto("/imports/new/")
    assert_accessible(page)
    page.get_by_label("工作簿", exact=True).set_input_files(file)
    page.get_by_role("button", name="上传").click()
    expect(page.get_by_role("heading", name="核对各列含义")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="开始核对").click()
    expect(page.get_by_role("heading", name="预览（尚未导入）")).to_be_visible()
    for tab in ("变更", "退回", "待核对", "新增", "转移"):
        page.get_by_role("navigation", name="按处理结果查看").get_by_role("link", name=tab).click()
        assert_accessible(page)
    page.get_by_label("转移李红").check()
    page.get_by_role("button", name="确认导入").click()
    expect(page.get_by_text("其中转移 1 人")).to_be_visible()
    assert_accessible(page)
    moving.refresh_from_db()
    assert moving.organization == county.far_branch
    assert Member.objects.count() == 4
    with page.expect_download() as download:
        page.get_by_role("link", name="下载退回的行").click()
    assert download.value.suggested_filename == "退回的行.xlsx"
    page.goto("/imports/")
    expect(page.get_by_role("link", name="云岭县党员花名册.xlsx")).to_be_visible()
    assert_accessible(page)
