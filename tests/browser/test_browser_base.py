import pytest
from playwright.sync_api import Page

from carehelp.accounts.models import User
from tests.browser.conftest import assert_accessible, sign_in

pytestmark = pytest.mark.browser


class TestStartPage:
    def test_it_opens_for_a_signed_in_person(self, phone: Page, secretary: User) -> None:
        sign_in(phone, secretary)
        phone.goto("/account/")
        assert phone.locator("h1").inner_text() == "我的账号"
        assert_accessible(phone)
