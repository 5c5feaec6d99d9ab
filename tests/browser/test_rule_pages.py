"""The rule catalogue and the list of records to complete, in a real browser."""

from datetime import date

import pytest
from playwright.sync_api import Page

from carehelp.accounts.models import User
from tests import people
from tests.browser.conftest import assert_accessible, sign_in
from tests.conftest import County
from visits.planner import plan

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_catalogue_reads_well_on_a_desk(desktop: Page, officer: User) -> None:
    plan(people.TODAY)
    sign_in(desktop, officer)
    desktop.goto("/rules/")
    assert desktop.get_by_role("heading", level=2).count() == 6
    assert_accessible(desktop)


def test_the_catalogue_reads_well_on_a_phone_and_warns_of_an_old_plan(phone: Page, secretary: User) -> None:
    plan(date(2026, 11, 20))
    sign_in(phone, secretary)
    phone.goto("/rules/")
    assert phone.get_by_role("status").filter(has_text="2026年11月20日").is_visible()
    assert_accessible(phone)


def test_a_record_to_complete_leads_to_its_member(phone: Page, county: County, secretary: User) -> None:
    member = people.member(county.branch, name="赵守田", full_on=None)
    people.member(county.branch, name="孙长福", full_on=None, joined_precision="month")
    sign_in(phone, secretary)
    phone.goto("/records-to-complete/")
    assert_accessible(phone)
    phone.get_by_role("link", name="赵守田").click()
    phone.wait_for_url(f"**/people/{member.pk}/")
