"""Overviews as they stand in a browser: on a phone and on a desk, light, dark and in large type."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from carehelp.accounts.models import User
from members.models import Member
from tests import people
from tests.browser.conftest import assert_accessible, sign_in
from tests.conftest import County
from tests.visits.figures import done, given, waived
from visits.models import PlanMark
from visits.rules import catalogue

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def busy(county: County, member: Member, secretary: User, today: date) -> Member:
    """A county with duties in every state, planned through today."""
    for rule in catalogue.rules():
        PlanMark.objects.create(rule_code=rule.code, planned_through=today, fingerprint="x")
    for month in range(1, 12):
        done(given(member, due=date(2026, month, 5)), on=date(2026, month, 4), by=secretary)
    done(given(member, due=date(2026, 3, 1)), on=date(2026, 4, 1), by=secretary)
    waived(given(member, due=date(2026, 5, 1)), by=secretary)
    given(member, due=today - timedelta(40))
    given(member, due=today + timedelta(2))
    given(
        people.member(county.far_branch, "赵铁柱"),
        due=today - timedelta(90),
        rule_code="festival-visit",
        article="14.1",
    )
    return member


def looks(page: Page, look: str, text: str) -> None:
    page.evaluate(
        f"document.documentElement.dataset.bsTheme = '{look}'; document.documentElement.dataset.text = '{text}'"
    )


@pytest.mark.parametrize(("look", "text"), [("light", "normal"), ("dark", "normal"), ("light", "large")])
def test_a_secretary_reads_the_page_on_a_phone(
    phone: Page, busy: Member, secretary: User, look: str, text: str
) -> None:
    sign_in(phone, secretary)
    phone.goto("/")
    looks(phone, look, text)
    assert_accessible(phone)
    for tile in phone.locator(".ch-tile").all():
        box = tile.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 48


def test_a_secretary_comes_from_the_figure_to_the_list(phone: Page, busy: Member, secretary: User) -> None:
    sign_in(phone, secretary)
    phone.goto("/")
    phone.locator(".ch-tile-overdue").click()
    expect(phone.get_by_role("heading", name="已超期")).to_be_visible()
    expect(phone.get_by_text(busy.name).first).to_be_visible()


@pytest.mark.parametrize("look", ["light", "dark"])
def test_an_officer_drills_down_from_the_county_to_the_person(
    desktop: Page, busy: Member, officer: User, county: County, look: str
) -> None:
    sign_in(desktop, officer)
    desktop.goto("/")
    looks(desktop, look, "normal")
    assert_accessible(desktop)
    desktop.get_by_role("link", name=county.town.name).click()
    desktop.get_by_role("row", name=county.branch.name).get_by_role("link", name="1", exact=True).first.click()
    looks(desktop, look, "normal")
    assert_accessible(desktop)
    expect(desktop.locator("h1")).to_contain_text("1")
    desktop.get_by_role("link", name=busy.name).click()
    expect(desktop.locator("h1")).to_contain_text(busy.name)


def test_the_overview_of_an_organization_fits_a_phone(phone: Page, busy: Member, officer: User, county: County) -> None:
    sign_in(phone, officer)
    for address in (f"/overview/{county.town.pk}/", f"/overview/{county.town.pk}/given/"):
        phone.goto(address)
        assert_accessible(phone)


def test_the_chart_has_a_table_for_those_who_do_not_see_it(desktop: Page, busy: Member, officer: User) -> None:
    sign_in(desktop, officer)
    desktop.goto("/")
    expect(desktop.get_by_role("img", name="近十二个月关怀任务")).to_be_visible()
    desktop.get_by_text("以表格查看").click()
    expect(desktop.get_by_role("rowheader", name="2026年11月")).to_be_visible()
    assert_accessible(desktop)


@pytest.mark.parametrize("who", ["fund_officer", "system_admin", "stranger", "auditor"])
def test_other_first_pages_are_accessible(who: str, open_page: Callable[..., Page], request: Any, busy: Member) -> None:
    page = open_page(viewport={"width": 1440, "height": 900})
    sign_in(page, request.getfixturevalue(who))
    page.goto("/")
    assert_accessible(page)
