"""The main job once from end to end, as three people do it: roster in, visit logged, figures seen, PDF taken away."""

import io
import os
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from carehelp.accounts.models import User
from carehelp.audit import trail
from members.models import Member
from tests import people
from tests.browser.conftest import assert_accessible, sign_in
from tests.conftest import County
from tests.members import rosters
from visits import planner
from visits.models import CareAction, Duty

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FOUND = "老人精神很好，惦记村里修路的事。"
NAMES = ("陈海涛", "单秀英", "王建国", "李桂兰", "赵守田", "欧阳明华", "仇玉梅", "区长福")
PICTURES = os.environ.get("CAREHELP_PICTURES", "")


def picture(page: Page, name: str) -> None:
    """Keep a picture for the manual where CAREHELP_PICTURES says (`make pictures`)."""
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}.png")


def roster() -> bytes:
    """Eight members of one branch; one joined 24 November (due today), one is over 80, one row cannot be taken."""
    rows = []
    for number, name in enumerate(NAMES):
        birth = date(1944, 5, 6) if name == "赵守田" else date(1955 + number, 3, 5)
        female = name in ("单秀英", "李桂兰", "仇玉梅")
        number_of_id = people.id_number(birth, male=not female)
        facts = {"姓名": name, "性别": "女" if female else "男", "出生日期": birth, "公民身份证号码": number_of_id}
        facts["加入党组织日期"] = "1987年11月24日" if name == "陈海涛" else f"19{85 + number}.06"
        facts["转为正式党员日期"] = "1988-11-24" if name == "陈海涛" else f"19{86 + number}-06-20"
        rows.append(rosters.row(**facts))
    spoilt = rosters.row(姓名="错号人", 公民身份证号码="61990319410321262")
    return rosters.roster(*rows, spoilt, title="云岭县党员花名册（2026年11月）", note=rosters.NOTE)


def photo() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (1200, 900), (170, 120, 90)).save(out, "JPEG")
    return out.getvalue()


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def test_from_a_roster_to_a_logged_visit(
    county: County, officer: User, secretary: User, auditor: User, open_page: Any, tmp_path: Path
) -> None:
    desk = open_page(viewport={"width": 1440, "height": 900})
    sign_in(desk, officer)
    import_the_roster(desk, tmp_path)
    assert Member.objects.count() == len(NAMES)
    planner.plan(people.TODAY)

    phone = open_page(viewport={"width": 390, "height": 844}, device_scale_factor=2, is_mobile=True, has_touch=True)
    sign_in(phone, secretary)
    log_the_visit(phone)
    action = CareAction.objects.get()
    assert action.member.name == "陈海涛"
    assert action.photos.count() == 1
    assert Duty.objects.get(member=action.member, rule_code="political-birthday").status == "done"

    see_it_on_the_dashboard(desk, county)
    audit_page = open_page(viewport={"width": 1440, "height": 900})
    sign_in(audit_page, auditor)
    text = take_the_ledger(audit_page, tmp_path)
    for words in (county.county.name, "陈海涛", "政治生日", "6.2", "第 1 页 共"):
        assert words in text
    assert FOUND not in text
    assert trail.verify().intact


def import_the_roster(desk: Page, folder: Path) -> None:
    workbook = folder / "云岭县花名册.xlsx"
    workbook.write_bytes(roster())
    desk.goto("/imports/")
    desk.get_by_role("link", name="导入工作簿").click()
    desk.get_by_label("工作簿", exact=True).set_input_files(workbook)
    desk.get_by_role("button", name="上传").click()
    assert_accessible(desk)
    desk.get_by_role("button", name="开始核对").click()
    expect(desk.get_by_role("button", name="确认导入")).to_be_visible()
    assert_accessible(desk)
    picture(desk, "import-desktop")
    desk.get_by_role("button", name="确认导入").click()
    expect(desk.get_by_role("link", name="下载退回的行")).to_be_visible()
    assert_accessible(desk)


def log_the_visit(phone: Page) -> None:
    phone.goto("/")
    assert_accessible(phone)
    picture(phone, "home-phone")
    phone.goto("/due/")
    expect(phone.get_by_text("11月17日").first).to_be_visible()
    assert_accessible(phone)
    picture(phone, "due-phone")
    phone.get_by_role("link", name="记录：陈海涛，政治生日").tap()
    phone.get_by_label("了解到的情况").fill(FOUND)
    phone.locator("[data-camera]").set_input_files({"name": "door.jpg", "mimeType": "image/jpeg", "buffer": photo()})
    expect(phone.locator("[data-previews] img")).to_be_visible()
    assert_accessible(phone)
    picture(phone, "log-phone")
    phone.get_by_role("button", name="保存").tap()
    expect(phone.get_by_text(FOUND)).to_be_visible()
    assert_accessible(phone)
    picture(phone, "saved-phone")
    for address, words, name in (
        ("/log/", "陈海涛", "start-phone"),
        ("/people/", "单秀英", "people-phone"),
        (f"/people/{Member.objects.get(name='陈海涛').pk}/", "党龄", "member-phone"),
        ("/account/", "字号", "me-phone"),
    ):
        phone.goto(address)
        expect(phone.get_by_text(words).first).to_be_visible()
        assert_accessible(phone)
        picture(phone, name)


def see_it_on_the_dashboard(desk: Page, county: County) -> None:
    desk.goto("/")
    expect(desk.get_by_role("link", name=county.town.name).first).to_be_visible()
    assert_accessible(desk)
    picture(desk, "county-desktop")
    desk.get_by_role("link", name=county.town.name).first.click()
    expect(desk.get_by_text(county.branch.name).first).to_be_visible()
    assert_accessible(desk)


def take_the_ledger(page: Page, folder: Path) -> str:
    page.goto("/reports/duty-ledger/")
    assert_accessible(page)
    page.get_by_role("button", name="生成报表").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="下载").click()
    download.value.save_as(folder / "ledger.pdf")
    done = subprocess.run(["pdftotext", "-layout", folder / "ledger.pdf", "-"], capture_output=True, check=True)
    return done.stdout.decode()
