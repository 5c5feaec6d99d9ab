"""People and organizations in a real browser."""

from datetime import date

import pytest
from playwright.sync_api import Page, expect

from carehelp.accounts.models import User
from carehelp.audit.models import AuditEvent
from carehelp.lib.fields import reveal
from members import people as acts
from members.models import Member
from tests import people
from tests.browser.conftest import assert_accessible, sign_in
from tests.conftest import County

pytestmark = pytest.mark.browser


@pytest.fixture
def roster(county: County) -> list[Member]:
    """Four people, with every mark that a row can carry."""
    return [
        people.member(county.branch, "单春华", sex="female", floating=True, floating_to="江苏省苏州市"),
        people.member(county.branch, "古丽巴哈尔·买买提艾力", sex="female", lost_contact=True, full_on=None),
        people.member(county.neighbour_branch, "王建国", birth_on=date(1941, 3, 5), party_status="suspended"),
        people.member(county.far_branch, "陈海涛", category="probationary", full_on=None),
    ]


class TestTheList:
    def test_typing_narrows_it_without_leaving_the_page(
        self, desktop: Page, officer: User, roster: list[Member]
    ) -> None:
        sign_in(desktop, officer)
        desktop.goto("/people/")
        expect(desktop.locator(".ch-person")).to_have_count(4)
        assert_accessible(desktop)
        desktop.keyboard.press("/")
        desktop.keyboard.type("dan", delay=20)
        expect(desktop.locator(".ch-person")).to_have_text(["单春华"])
        expect(desktop.locator("#id_q")).to_be_focused()
        assert "q=dan" in desktop.url
        desktop.fill("#id_q", "没有这个人")
        expect(desktop.locator("#people")).to_contain_text("没有符合条件的党员")

    def test_an_organization_is_suggested_while_typing(
        self, desktop: Page, officer: User, roster: list[Member]
    ) -> None:
        sign_in(desktop, officer)
        desktop.goto("/people/")
        desktop.locator("#id_at").press_sequentially("柳林")
        expect(desktop.locator("#at-suggestions option")).to_have_count(1)
        desktop.fill("#id_at", "青山镇柳林村党支部（610201）")
        desktop.locator("#id_at").press("Enter")
        expect(desktop.locator(".ch-person")).to_have_text(["陈海涛"])

    def test_columns_sort(self, desktop: Page, officer: User, roster: list[Member]) -> None:
        sign_in(desktop, officer)
        desktop.goto("/people/")
        desktop.get_by_role("link", name="出生日期（年龄）").click()
        expect(desktop.locator(".ch-person").first).to_have_text("王建国")
        expect(desktop.locator("th[aria-sort=ascending]")).to_contain_text("出生日期")

    def test_on_a_phone_the_rows_are_cards(self, phone: Page, officer: User, roster: list[Member]) -> None:
        sign_in(phone, officer)
        phone.goto("/people/")
        assert_accessible(phone)
        row = phone.locator(".ch-people tbody tr").first
        assert row.evaluate("row => getComputedStyle(row).display") == "block"
        row.click()  # Anywhere on the card.
        expect(phone.locator("h1")).to_contain_text("陈海涛")


class TestThePerson:
    def test_a_number_is_shown_for_a_reason_and_for_a_minute(
        self, phone: Page, secretary: User, roster: list[Member]
    ) -> None:
        member, number = roster[0], reveal(roster[0], "id_number")
        sign_in(phone, secretary)
        phone.clock.install()
        phone.goto(f"/people/{member.pk}/")
        assert_accessible(phone)
        assert number not in phone.content()
        phone.get_by_role("link", name="查看完整公民身份证号码").click()
        phone.get_by_label("用途").select_option("verify")
        phone.get_by_label("具体说明").fill("核对身份证件")
        assert_accessible(phone)
        phone.get_by_role("button", name="查看一分钟").click()
        expect(phone.locator("#sensitive-id-number")).to_contain_text(number)
        assert_accessible(phone)
        assert AuditEvent.objects.get(person_id=str(member.pk)).reason == "verify: 核对身份证件"
        phone.clock.fast_forward(61_000)
        expect(phone.locator("#sensitive-id-number")).not_to_contain_text(number)
        expect(phone.locator("#sensitive-id-number")).to_contain_text("619901********")

    def test_asking_can_be_given_up(self, desktop: Page, secretary: User, roster: list[Member]) -> None:
        sign_in(desktop, secretary)
        desktop.goto(f"/people/{roster[0].pk}/")
        desktop.get_by_role("link", name="查看完整联系电话").click()
        desktop.get_by_role("link", name="不查看").click()
        expect(desktop.locator("#sensitive-contact")).to_contain_text("199****1111")
        assert not AuditEvent.objects.filter(person_id=str(roster[0].pk)).exists()

    def test_every_form_is_accessible(
        self, phone: Page, desktop: Page, secretary: User, officer: User, roster: list[Member]
    ) -> None:
        for page, user in ((phone, secretary), (desktop, officer)):
            sign_in(page, user)
            for name in ("edit", "move", "death", "leaving", "suspend"):
                page.goto(f"/people/{roster[0].pk}/{name}/")
                assert_accessible(page)
            page.goto("/people/new/")
            assert_accessible(page)
        desktop.goto(f"/people/{roster[2].pk}/restore/")
        assert_accessible(desktop)

    def test_two_who_correct_at_once(self, desktop: Page, secretary: User, officer: User, roster: list[Member]) -> None:
        member = roster[0]
        sign_in(desktop, secretary)
        desktop.goto(f"/people/{member.pk}/edit/")
        desktop.get_by_label("工作岗位").fill("医生")
        acts.correct(member, by=officer, today=people.TODAY, occupation="教师")
        desktop.get_by_role("button", name="保存").click()
        expect(desktop.get_by_role("alert").first).to_contain_text("教师")
        expect(desktop.get_by_label("工作岗位")).to_have_value("医生")
        assert_accessible(desktop)
        desktop.get_by_role("button", name="保存").click()
        expect(desktop.get_by_role("heading", level=1)).to_contain_text("单春华")
        member.refresh_from_db()
        assert member.occupation == "医生"


class TestTheTree:
    def test_it_unfolds_and_folds(self, desktop: Page, officer: User, roster: list[Member]) -> None:
        sign_in(desktop, officer)
        desktop.goto("/organizations/")
        assert_accessible(desktop)
        button = desktop.get_by_role("button", name="展开中共红旗镇委员会的下级")
        button.click()
        branch = desktop.get_by_role("link", name="红旗镇东风村党支部")
        expect(branch).to_be_visible()
        expect(button).to_have_attribute("aria-expanded", "true")
        assert_accessible(desktop)
        button.click()
        expect(branch).to_be_hidden()
        button.click()
        branch.click()
        expect(desktop.locator("h1")).to_have_text("红旗镇东风村党支部")
        assert_accessible(desktop)

    def test_every_form_is_accessible(
        self, desktop: Page, phone: Page, officer: User, county: County, roster: list[Member]
    ) -> None:
        for page in (desktop, phone):
            sign_in(page, officer)
            for name in ("", "rename/", "found/", "move/", "close/"):
                page.goto(f"/organizations/{county.branch.pk}/{name}")
                assert_accessible(page)
