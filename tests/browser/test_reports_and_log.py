"""Reports and the access log in a real browser: from the form to the file, axe clean, no policy violation."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from carehelp.accounts.models import User
from carehelp.audit import trail
from carehelp.audit.models import AuditEvent
from members.models import Member
from tests.browser.conftest import assert_accessible, sign_in
from tests.conftest import County
from tests.reports import reading
from tests.reports.conftest import outcomes, planned

__all__ = ["outcomes", "planned"]  # Fixtures.

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shot() -> Callable[[Page, str], None]:
    """Keep a picture where SCREENSHOTS says."""
    folder = os.environ.get("SCREENSHOTS", "")

    def take(page: Page, name: str) -> None:
        if folder:
            page.screenshot(path=f"{folder}/{name}.png", full_page=True)

    return take


def test_an_officer_takes_the_ledger_away(
    county: County,
    officer: User,
    outcomes: Any,
    planned: None,
    page: Page,
    settings: Any,
    tmp_path: Path,
    shot: Callable[[Page, str], None],
) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    sign_in(page, officer)
    page.goto("/reports/")
    assert_accessible(page)
    page.get_by_role("link", name="关怀任务台账").click()
    assert_accessible(page)
    shot(page, "reports-ask")
    page.get_by_role("button", name="生成报表").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="下载").click()
    shot(page, "reports-job")
    download.value.save_as(tmp_path / "ledger.pdf")
    assert county.county.name in reading.text(tmp_path / "ledger.pdf")
    page.goto("/reports/")
    shot(page, "reports-index")
    assert "已完成" in page.locator("main").inner_text()


def test_a_secretary_finds_a_person_on_the_phone(
    member: Member, secretary: User, phone: Page, shot: Callable[[Page, str], None]
) -> None:
    sign_in(phone, secretary)
    phone.goto("/reports/care-record/")
    phone.get_by_role("searchbox").fill("wjg")
    phone.get_by_role("searchbox").press("Enter")
    assert_accessible(phone)
    shot(phone, "reports-person")
    phone.get_by_role("link", name=member.name).click()
    assert_accessible(phone)
    shot(phone, "reports-ask-phone")


def test_an_auditor_reads_the_log_and_checks_the_chain(
    county: County, member: Member, auditor: User, secretary: User, page: Page, shot: Callable[[Page, str], None]
) -> None:
    for number in range(55):
        trail.record(
            AuditEvent.Verb.UNMASKED if number % 2 else AuditEvent.Verb.VIEWED,
            by=secretary,
            target=f"member:{member.pk}",
            organization_id=county.branch.pk,
            person_id=member.pk,
            reason="核对身份：走访前核对地址" if number % 2 else "",
            fields=["address"],
        )
    sign_in(page, auditor)
    page.goto("/audit/")
    assert_accessible(page)
    shot(page, "audit-list")
    page.get_by_role("link", name="较早").click()
    assert_accessible(page)
    page.goto(f"/audit/people/{member.pk}/")
    assert_accessible(page)
    shot(page, "audit-person")
    page.goto("/audit/")
    page.get_by_role("button", name="立即核验全部记录").click()
    page.get_by_text("记录链完整，共 55 条").wait_for()
    page.goto("/audit/")
    assert "记录链完整" in page.locator("main").inner_text()
