"""A real browser against a real server.  A page that logs an error or breaks the content policy fails its test."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page

from carehelp.accounts.models import User
from tests.conftest import signed_in

ASSETS = Path(settings.BASE_DIR) / "assets" / "node_modules"
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
DESKTOP = {"viewport": {"width": 1440, "height": 900}}
TELL_ABOUT_THE_POLICY = """
document.addEventListener("securitypolicyviolation", function (event) {
  console.error("CSP violation: " + event.violatedDirective + " " + event.blockedURI + " " + event.sourceFile);
});
"""


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
    return {"executable_path": "/usr/bin/chromium", "args": ["--no-sandbox", "--disable-gpu", *quiet]}


@pytest.fixture
def server(live_server: Any) -> Any:
    """The product on a free port, on the test database, static files included; `server.url` is its address."""
    return live_server


@pytest.fixture
def open_page(browser: Browser, server: Any) -> Iterator[Callable[..., Page]]:
    """`open_page(**context_options)`: another watched page with its own cookies; all are checked at the end."""
    opened: list[Page] = []

    def open_one(**options: Any) -> Page:
        context = browser.new_context(base_url=server.url, locale="zh-CN", timezone_id="Asia/Shanghai", **options)
        context.set_default_timeout(15_000)
        context.add_init_script(TELL_ABOUT_THE_POLICY)
        page = context.new_page()
        page.faults, page.server_url = [], server.url
        page.on("console", lambda said: page.faults.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: page.faults.append(f"page error: {error}"))
        opened.append(page)
        return page

    yield open_one
    faults = [fault for page in opened for fault in page.faults]
    for page in opened:
        page.context.close()
    assert not faults, faults


@pytest.fixture
def desktop(open_page: Callable[..., Page]) -> Page:
    """A page of 1440 x 900 (officers and auditors)."""
    return open_page(**DESKTOP)


@pytest.fixture
def phone(open_page: Callable[..., Page]) -> Page:
    """A page of 390 x 844 with touch (secretaries)."""
    return open_page(**PHONE)


@pytest.fixture
def page(desktop: Page) -> Page:
    return desktop


def sign_in(page: Page, user: User) -> None:
    """Give the browser a session of `user` (the sign-in page has its own tests)."""
    session = signed_in(user).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": page.server_url}])


def forgive(page: Page, part: str) -> None:
    """Take back faults that the test brings about on purpose (a 404, a lost connection)."""
    page.faults[:] = [fault for fault in page.faults if part not in fault]


def assert_accessible(page: Page) -> None:
    """No finding of axe for WCAG 2.2 A and AA on the page as it stands (evaluated past the content policy)."""
    page.evaluate((ASSETS / "axe-core" / "axe.min.js").read_text())
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    result = page.evaluate(f"axe.run(document, {{runOnly: {json.dumps(tags)}}})")
    findings = [
        f"{found['id']} ({found['impact']}): {found['help']} — {[node['html'][:160] for node in found['nodes']]}"
        for found in result["violations"]
    ]
    assert not findings, f"{page.url}\n" + "\n".join(findings)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth + 1"), (
        f"{page.url} scrolls sideways"
    )
