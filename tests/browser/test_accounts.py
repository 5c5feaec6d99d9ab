"""Signing in, the own account, accounts and appointments, in a real browser."""

import pytest
from playwright.sync_api import Page, expect

from carehelp.accounts.models import User
from members.models import Appointment
from tests import people
from tests.browser.conftest import assert_accessible, forgive, sign_in

pytestmark = pytest.mark.browser


def type_in(page: Page, username: str, password: str) -> None:
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录", exact=True).click()


class TestSigningInOnThePhone:
    def test_it_leads_back_and_the_account_page_reads_well(self, phone: Page, secretary: User) -> None:
        phone.goto("/account/")
        assert_accessible(phone)
        type_in(phone, "Secretary", people.PASSWORD)
        expect(phone.get_by_role("heading", name="我的账号")).to_be_visible()
        assert_accessible(phone)
        phone.get_by_label("字号").select_option("large")
        phone.get_by_label("外观").select_option("dark")
        phone.get_by_role("button", name="保存").click()
        assert phone.evaluate("getComputedStyle(document.body).fontSize") == "24px"
        assert phone.locator("main .btn").first.bounding_box()["height"] >= 60
        assert_accessible(phone)
        phone.get_by_role("link", name="修改密码").click()
        assert_accessible(phone)

    def test_a_locked_name_is_told_until_when(self, phone: Page, secretary: User) -> None:
        phone.goto("/account/sign-in/")
        for _attempt in range(5):
            type_in(phone, "secretary", "wrong")
        expect(phone.get_by_role("heading", name="登录已暂时锁定")).to_be_visible()
        assert_accessible(phone)
        forgive(phone, "429")


class TestTheAdministrators:
    def test_accounts(self, desktop: Page, system_admin: User, secretary: User) -> None:
        sign_in(desktop, system_admin)
        desktop.goto("/accounts/")
        assert_accessible(desktop)
        desktop.get_by_role("link", name="secretary").click()
        assert_accessible(desktop)
        desktop.goto("/accounts/new/")
        assert_accessible(desktop)
        desktop.get_by_label("用户名").fill("zhao.li")
        desktop.get_by_label("姓名").fill("赵丽")
        desktop.get_by_role("button", name="创建账号").click()
        expect(desktop.locator("#one-time")).to_be_visible()
        assert_accessible(desktop)

    def test_appointments(self, desktop: Page, security_admin: User, secretary: User, stranger: User) -> None:
        sign_in(desktop, security_admin)
        desktop.goto("/appointments/new/")
        assert_accessible(desktop)
        desktop.get_by_label("用户名").fill("stranger")
        desktop.get_by_label("党组织").fill("610102")
        desktop.get_by_role("button", name="任命", exact=True).click()
        expect(desktop.get_by_role("status")).to_contain_text("已任命")
        assert_accessible(desktop)
        desktop.get_by_role("link", name="李书记").click()
        assert_accessible(desktop)
        assert Appointment.objects.filter(user=stranger, role="secretary").exists()
