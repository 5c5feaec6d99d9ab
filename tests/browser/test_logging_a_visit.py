"""From "due" to a saved visit on a phone, and what must not get lost on the way."""

from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from PIL import Image
from playwright.sync_api import Page, expect

from carehelp.accounts.models import User
from tests import people
from tests.browser.conftest import DESKTOP, PHONE, assert_accessible, forgive, sign_in
from tests.conftest import County
from tests.visits import duties
from visits import photos
from visits.models import CareAction, Duty, Photo
from visits.record import texts

pytestmark = pytest.mark.browser
TEXT = "老人腿脚不便，问起医保报销。"


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def duty(county: County) -> Duty:
    """A political birthday whose window is open, of 王建国 in the secretary's branch."""
    member = people.member(county.branch)
    duties.duty(people.member(county.branch, "欧阳明华"), due=date(2026, 11, 10))
    return duties.duty(member, due=date(2026, 11, 26))


def type_the_text(page: Page, duty: Duty) -> None:
    page.goto(f"/log/duty/{duty.pk}/")
    page.get_by_label("了解到的情况").fill(TEXT)
    # The draft is written a moment after the last key.
    page.wait_for_timeout(700)


def save(page: Page) -> None:
    page.get_by_role("button", name="保存").click()
    expect(page.locator("[data-saved-draft]")).to_be_visible()


class TestLoggingAVisit:
    def test_from_due_to_saved_in_at_most_six_taps_and_one_text(self, phone: Page, secretary: User, duty: Duty) -> None:
        sign_in(phone, secretary)
        phone.goto("/due/")
        taps = 0
        for step in (
            phone.get_by_role("link", name="记录：王建国，政治生日"),
            phone.get_by_label("了解到的情况"),
            phone.get_by_role("button", name="保存"),
        ):
            step.tap()
            taps += 1
            if taps == 2:
                phone.keyboard.insert_text(TEXT)
        expect(phone.locator("[data-saved-draft]")).to_contain_text("“政治生日”已完成。")
        assert taps <= 6
        action = CareAction.objects.get()
        assert texts(action)["found"] == TEXT
        assert action.fulfils.get().pk == duty.pk

    def test_yesterday_is_one_tap(self, phone: Page, secretary: User, duty: Duty) -> None:
        sign_in(phone, secretary)
        type_the_text(phone, duty)
        phone.get_by_role("button", name="昨天").tap()
        save(phone)
        assert CareAction.objects.get().on == date(2026, 11, 23)

    def test_the_proposed_duties_follow_the_kind(self, phone: Page, secretary: User, duty: Duty) -> None:
        sign_in(phone, secretary)
        type_the_text(phone, duty)
        tick = phone.get_by_label("政治生日")
        expect(tick).to_be_checked()
        phone.get_by_role("radio", name="电话慰问").tap()
        expect(tick).to_be_hidden()
        expect(phone.get_by_text("没有可完成的任务")).to_be_visible()
        phone.get_by_role("radio", name="谈心谈话").tap()
        expect(tick).to_be_checked()
        tick.tap()
        phone.get_by_role("radio", name="祝贺问候").tap()
        expect(tick).not_to_be_checked()

    def test_a_photo_from_the_album_goes_along(self, phone: Page, secretary: User, duty: Duty) -> None:
        exif = Image.Exif()
        exif[0x010F] = "CANARYCAM"
        out = BytesIO()
        Image.new("RGB", (3000, 2000), "navy").save(out, "JPEG", exif=exif)
        sign_in(phone, secretary)
        type_the_text(phone, duty)
        for name in ("first.jpg", "second.jpg"):
            phone.locator("[data-camera]").set_input_files(
                {"name": name, "mimeType": "image/jpeg", "buffer": out.getvalue()}
            )
            expect(phone.locator(f"[data-previews] img[alt='{name}']")).to_be_visible()
        phone.get_by_role("button", name="移除照片 first.jpg").tap()
        save(phone)
        photo = Photo.objects.get()
        assert (photo.width, photo.height) == (1600, 1067)
        assert b"CANARYCAM" not in photos.content(photo)
        shown = phone.locator(".ch-gallery img")
        shown.scroll_into_view_if_needed()
        phone.wait_for_function("document.querySelector('.ch-gallery img').naturalWidth === 1600")
        assert_accessible(phone)

    def test_a_photo_chosen_before_the_script_has_run_is_kept(self, phone: Page, secretary: User, duty: Duty) -> None:
        held: list[Any] = []
        out = BytesIO()
        Image.new("RGB", (60, 40), "navy").save(out, "JPEG")
        sign_in(phone, secretary)
        phone.route("**/js/log.js", lambda route: held.append(route))
        phone.goto(f"/log/duty/{duty.pk}/", wait_until="commit")
        photo = {"name": "early.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}
        phone.locator("[data-camera]").set_input_files(photo)
        held[0].continue_()
        expect(phone.locator("[data-previews] img[alt='early.jpg']")).to_be_visible()

    def test_it_works_without_scripts(self, open_page: Callable[..., Page], secretary: User, duty: Duty) -> None:
        page = open_page(java_script_enabled=False, **PHONE)
        sign_in(page, secretary)
        page.goto(f"/log/duty/{duty.pk}/")
        page.get_by_label("了解到的情况").fill(TEXT)
        save(page)
        assert CareAction.objects.get().fulfils.count() == 1

    def test_by_keyboard_alone(self, desktop: Page, secretary: User, duty: Duty) -> None:
        sign_in(desktop, secretary)
        desktop.goto("/due/")
        desktop.keyboard.press("/")
        expect(desktop.get_by_role("searchbox")).to_be_focused()
        desktop.keyboard.type("wjg")
        expect(desktop.get_by_role("link", name="记录：欧阳明华，政治生日")).to_have_count(0)
        desktop.get_by_role("link", name="记录：王建国，政治生日").press("Enter")
        desktop.get_by_role("radio", name="祝贺问候").press("ArrowUp")
        expect(desktop.get_by_role("radio", name="电话慰问")).to_be_checked()
        desktop.get_by_role("radio", name="电话慰问").press("ArrowDown")
        desktop.get_by_label("了解到的情况").focus()
        desktop.keyboard.type(TEXT)
        desktop.get_by_role("button", name="保存").press("Enter")
        expect(desktop.locator("[data-saved-draft]")).to_be_visible()


class TestNothingTypedIsLost:
    def test_a_reload_keeps_the_text_and_says_so(self, phone: Page, secretary: User, duty: Duty) -> None:
        sign_in(phone, secretary)
        type_the_text(phone, duty)
        same = phone.locator("[name=id]").input_value()
        phone.reload()
        expect(phone.get_by_text("已恢复上次未保存的内容")).to_be_visible()
        assert phone.get_by_label("了解到的情况").input_value() == TEXT
        assert phone.locator("[name=id]").input_value() == same

    def test_it_can_be_discarded(self, phone: Page, secretary: User, duty: Duty) -> None:
        sign_in(phone, secretary)
        type_the_text(phone, duty)
        phone.reload()
        phone.get_by_role("button", name="不要了，清空").tap()
        expect(phone.get_by_label("了解到的情况")).to_have_value("")
        phone.reload()
        expect(phone.get_by_label("了解到的情况")).to_have_value("")
        expect(phone.get_by_text("已恢复上次未保存的内容")).to_be_hidden()

    def test_a_text_typed_before_the_session_ended_is_still_there(
        self, phone: Page, secretary: User, duty: Duty
    ) -> None:
        sign_in(phone, secretary)
        type_the_text(phone, duty)
        same = phone.locator("[name=id]").input_value()
        Session.objects.all().delete()
        cache.clear()
        phone.get_by_role("button", name="保存").tap()
        phone.wait_for_url("**/sign-in/**")
        phone.locator("[name=username]").fill(secretary.username)
        phone.locator("[name=password]").fill(people.PASSWORD)
        phone.get_by_role("button", name="登录").tap()
        expect(phone.get_by_label("了解到的情况")).to_have_value(TEXT)
        assert phone.locator("[name=id]").input_value() == same
        save(phone)
        assert texts(CareAction.objects.get())["found"] == TEXT

    def test_without_a_network_it_stays_on_the_phone_and_is_sent_later(
        self, phone: Page, secretary: User, duty: Duty
    ) -> None:
        sign_in(phone, secretary)
        type_the_text(phone, duty)
        phone.context.set_offline(True)
        phone.get_by_role("button", name="保存").tap()
        expect(phone.get_by_text("当前没有网络")).to_be_visible()
        phone.context.set_offline(False)
        save(phone)
        assert CareAction.objects.count() == 1
        forgive(phone, "ERR_INTERNET_DISCONNECTED")

    def test_a_saved_record_leaves_no_draft(self, phone: Page, secretary: User, duty: Duty) -> None:
        sign_in(phone, secretary)
        type_the_text(phone, duty)
        save(phone)
        phone.goto(f"/log/duty/{duty.pk}/")
        expect(phone.get_by_label("了解到的情况")).to_have_value("")
        expect(phone.get_by_text("已恢复上次未保存的内容")).to_be_hidden()

    def test_signing_out_leaves_nothing_on_the_phone(self, phone: Page, secretary: User, duty: Duty) -> None:
        sign_in(phone, secretary)
        type_the_text(phone, duty)
        phone.get_by_role("button", name="退出").tap()
        phone.wait_for_url("**/sign-in/**")
        sign_in(phone, secretary)
        phone.goto(f"/log/duty/{duty.pk}/")
        expect(phone.get_by_label("了解到的情况")).to_have_value("")

    def test_somebody_else_on_the_same_phone_does_not_see_it(
        self, phone: Page, secretary: User, officer: User, duty: Duty
    ) -> None:
        sign_in(phone, secretary)
        type_the_text(phone, duty)
        sign_in(phone, officer)
        phone.goto(f"/log/duty/{duty.pk}/")
        phone.wait_for_timeout(300)
        assert phone.get_by_label("了解到的情况").input_value() == ""
        phone.goto("/log/")
        expect(phone.get_by_text("未完成的记录")).to_be_hidden()

    def test_what_was_begun_is_offered_where_one_starts(self, phone: Page, secretary: User, duty: Duty) -> None:
        sign_in(phone, secretary)
        type_the_text(phone, duty)
        phone.goto("/log/")
        phone.locator("[data-drafts] a").tap()
        expect(phone.get_by_label("了解到的情况")).to_have_value(TEXT)

    def test_a_refused_form_keeps_every_word(self, phone: Page, secretary: User, duty: Duty) -> None:
        sign_in(phone, secretary)
        type_the_text(phone, duty)
        phone.locator("summary").tap()
        phone.get_by_label("下一步", exact=False).first.fill("带医保单去")
        phone.get_by_role("button", name="保存").tap()
        expect(phone.locator(".alert-danger")).to_contain_text("请填写下一步的完成日期")
        expect(phone.get_by_label("了解到的情况")).to_have_value(TEXT)
        assert_accessible(phone)

    def test_a_double_tap_makes_one_record(self, phone: Page, secretary: User, duty: Duty) -> None:
        sign_in(phone, secretary)
        type_the_text(phone, duty)
        phone.get_by_role("button", name="保存").dblclick()
        expect(phone.locator("[data-saved-draft]")).to_be_visible()
        assert CareAction.objects.count() == 1


class TestTheScreensAreForEverybody:
    @pytest.mark.parametrize("large", [False, True], ids=["normal type", "large type"])
    @pytest.mark.parametrize("options", [PHONE, PHONE | {"viewport": {"width": 360, "height": 740}}, DESKTOP])
    def test_axe_has_nothing_to_say(
        self, options: dict[str, Any], large: bool, open_page: Callable[..., Page], officer: User, duty: Duty
    ) -> None:
        officer.text_size = "large" if large else "normal"
        officer.save()
        duties.duty(duty.member, due=date(2026, 12, 31), rule_code="leader-contact", opens=date(2026, 1, 1))
        duties.duty(duty.member, due=date(2026, 11, 26) + timedelta(days=20), period="coming")
        page = open_page(**options)
        sign_in(page, officer)
        member = duty.member_id
        for path in ("/due/", "/due/?section=open", "/log/", "/log/?q=wang", f"/log/duty/{duty.pk}/"):
            page.goto(path)
            assert_accessible(page)
        page.get_by_label("了解到的情况").fill(TEXT)
        save(page)
        assert_accessible(page)
        action = CareAction.objects.get().pk
        for path in (f"/actions/{action}/correct/", f"/actions/{action}/cancel/", f"/people/{member}/care/"):
            page.goto(path)
            assert_accessible(page)
