"""The way of a workbook through the screens, from the upload to the rows that come back to be mended."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from carehelp.audit.models import AuditEvent
from carehelp.jobs.work import uploads
from carehelp.lib import clock
from carehelp.lib.fields import reveal
from members.models import Member, Organization, RosterImport, RosterRow
from members.roster import intake
from tests import people
from tests.conftest import County, signed_in
from tests.members.rosters import FORM, roster, row, saved, workbook


@pytest.fixture
def client(officer: Any, county: County) -> Client:
    return signed_in(officer)


def send(client: Client, content: bytes, *, at: str = "61", kind: str = "roster", name: str = "名册.xlsx") -> Any:
    file = SimpleUploadedFile(name, content)
    return client.post(reverse("members:import-new"), {"kind": kind, "organization": at, "file": file})


def columns(client: Client, address: str, **chosen: str) -> Any:
    """Send the columns as they were recognised, some of them corrected."""
    form = client.get(address).context["form"]
    data = {"sheet": form.look.sheet.name, "header_row": str(form.kept.header_row)}
    data |= {bound.html_name: bound.value() for _column, bound in form.rows()}
    return client.post(f"{address}columns/", data | chosen)


@pytest.fixture
def preview(client: Client, django_capture_on_commit_callbacks: Any) -> Any:
    """`preview(rows…)`: upload and read a roster; gives the address of its page."""

    def do(*rows: dict[str, Any], content: bytes | None = None) -> str:
        address = str(send(client, content or roster(*rows)).url)
        with django_capture_on_commit_callbacks(execute=True):
            columns(client, address)
        return address

    return do


@pytest.fixture
def confirm(client: Client, django_capture_on_commit_callbacks: Any) -> Any:
    def do(address: str) -> Any:
        with django_capture_on_commit_callbacks(execute=True):
            client.post(f"{address}confirm/")
        return client.get(address)

    return do


class TestTheWholeWay:
    def test_a_roster_comes_in(self, client: Client, preview: Any, confirm: Any) -> None:
        address = preview(row(), row(姓名="", 所在党支部="无此支部"))
        page = client.get(address)
        assert [(key, count) for key, _words, count in page.context["groups"]] == [
            ("new", 1), ("changed", 0), ("transfers", 0), ("rejected", 1), ("warnings", 0), ("unchanged", 0),
        ]  # fmt: skip
        assert not Member.objects.exists()
        result = confirm(address)
        assert result.context["roster"].state == "done"
        member = Member.objects.get()
        assert member.history.get().history_user.username == "officer"
        event = AuditEvent.objects.get(verb="imported")
        assert (event.actor_name, event.detail["created"], event.detail["rejected"]) == ("张干事", 1, 1)

    def test_changes_are_shown_field_by_field_and_sensitive_ones_masked(
        self, client: Client, preview: Any, member: Member, confirm: Any
    ) -> None:
        changed = row(
            公民身份证号码=reveal(member, "id_number"), 学历="大专", 联系电话="19912345678", 加入党组织日期="1990-07-02"
        )
        address = preview(changed)
        shown = client.get(f"{address}?tab=changed")
        (only,) = shown.context["page"].rows
        assert [(change.old, change.new) for change in only.changes] == [
            ("高中", "大专"), ("1990年7月1日", "1990年7月2日"), ("199****1111", "199****5678"),
        ]  # fmt: skip
        text = shown.content.decode()
        assert "19912345678" not in text
        assert reveal(member, "id_number") not in text
        confirm(address)
        member.refresh_from_db()
        assert (member.education, reveal(member, "phone")) == ("大专", "19912345678")

    def test_rejected_rows_come_back_to_be_mended_and_sent_again(
        self, client: Client, preview: Any, confirm: Any
    ) -> None:
        address = preview(row(), row(所在党支部="无此支部", 联系电话="=1+1"))
        confirm(address)
        back = client.get(f"{address}rejected/")
        assert "attachment" in back["Content-Disposition"]
        import io

        import openpyxl

        book = openpyxl.load_workbook(io.BytesIO(back.content))
        page = book.active
        head = [cell.value for cell in page[1]]
        cell = page.cell(2, head.index("所在党支部") + 1)
        assert (cell.value, page.max_row) == ("无此支部", 2)
        assert cell.comment is not None
        assert cell.fill.fgColor.rgb.endswith("F8CBAD")
        assert page.cell(2, head.index("联系电话") + 1).data_type == "s"
        assert AuditEvent.objects.filter(verb="exported", target=f"import:{RosterImport.objects.get().pk}").exists()
        cell.value = "红旗镇前进村党支部"
        mended = io.BytesIO()
        book.save(mended)
        confirm(preview(content=mended.getvalue()))
        assert Member.objects.count() == 2

    def test_an_import_of_what_was_rejected_unmended_says_the_same(self, client: Client, preview: Any) -> None:
        address = preview(row(公民身份证号码=619901196003050000), row(加入党组织日期="七十年代初"))
        before = list(RosterRow.objects.values_list("problems", flat=True))
        content = client.get(f"{address}rejected/").content
        RosterRow.objects.all().delete()
        preview(content=content)
        after = list(RosterRow.objects.values_list("problems", flat=True))
        assert [[p["code"] for p in row] for row in before] == [[p["code"] for p in row] for row in after]

    def test_the_template_can_be_filled_in_and_sent(self, client: Client, preview: Any) -> None:
        import io

        import openpyxl

        book = openpyxl.load_workbook(io.BytesIO(client.get(reverse("members:import-template")).content))
        page = book.active
        head = [cell.value for cell in page[1]]
        assert head[:3] == ["姓名", "性别", "公民身份证号码"]
        assert page.data_validations.dataValidation
        for name, value in row().items():
            if name in head:
                page.cell(2, head.index(name) + 1).value = value
        filled = io.BytesIO()
        book.save(filled)
        assert client.get(preview(content=filled.getvalue())).context["roster"].counts["created"] == 1


class TestColumns:
    def test_a_wrong_guess_can_be_corrected(self, client: Client, django_capture_on_commit_callbacks: Any) -> None:
        header = ["姓名", "号码", "所在党支部", "入党时间"]
        values = row()
        content = workbook([header, [values["姓名"], values["公民身份证号码"], values["所在党支部"], "1990-07-01"]])
        address = str(send(client, content).url)
        assert "公民身份证号码" in columns(client, address).content.decode()
        assert RosterImport.objects.get().state == "uploaded"
        with django_capture_on_commit_callbacks(execute=True):
            columns(client, address, **{"column-1": "id_number"})
        assert RosterImport.objects.get().counts["created"] == 1

    def test_the_header_row_can_be_chosen(self, client: Client) -> None:
        address = str(send(client, workbook([["甲"], ["乙", "丙"], FORM, list(row().values())])).url)
        assert client.get(address).context["form"].kept.header_row == 3
        assert client.get(f"{address}?header_row=2").context["form"].kept.header_row == 2

    def test_samples_do_not_show_numbers_in_full(self, client: Client) -> None:
        values = row()
        text = client.get(str(send(client, roster(values)).url)).content.decode()
        assert values["公民身份证号码"] not in text
        assert values["联系电话"] not in text
        assert values["公民身份证号码"][:6] in text

    def test_one_meaning_cannot_be_given_twice(self, client: Client) -> None:
        address = str(send(client, roster(row())).url)
        assert columns(client, address, **{"column-0": "name"}).status_code == 200
        assert RosterImport.objects.get().state == "uploaded"


class TestUploads:
    @pytest.mark.parametrize(
        "content", [b"", b"<html>", b"PK\x03\x04x", workbook([]), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)]
    )
    def test_a_file_that_is_no_workbook_is_refused_with_a_sentence(self, client: Client, content: bytes) -> None:
        page = send(client, content)
        assert page.status_code == 200
        assert page.context["form"].errors["file"]
        assert "610101" not in page.context["form"].errors["file"][0]
        assert not RosterImport.objects.exists()

    def test_the_file_lies_sealed_and_goes_with_the_import(self, client: Client, preview: Any, confirm: Any) -> None:
        address = preview(row())
        (kept,) = uploads().glob(f"roster-{RosterImport.objects.get().pk}.sealed")
        assert not kept.read_bytes().startswith(b"PK")
        confirm(address)
        assert not kept.exists()
        assert not RosterRow.objects.exists()

    def test_discarding_leaves_nothing(self, client: Client, preview: Any) -> None:
        address = preview(row(), row(姓名=""))
        client.post(f"{address}discard/")
        assert RosterImport.objects.get().state == "discarded"
        assert not RosterRow.objects.exists()
        assert not list(uploads().glob(f"roster-{RosterImport.objects.get().pk}*"))

    def test_what_nobody_goes_on_with_is_forgotten(self, client: Client, preview: Any, confirm: Any) -> None:
        waiting, done = preview(row(姓名="")), preview(row(姓名=""))
        confirm(done)
        intake.expire(clock.now() + timedelta(days=31))
        assert set(RosterImport.objects.values_list("state", flat=True)) == {"discarded", "done"}
        assert not RosterRow.objects.exists()
        assert client.get(f"{done}rejected/").status_code == client.get(f"{waiting}rejected/").status_code == 404


class TestTransfers:
    def test_only_ticked_ones_move(self, client: Client, preview: Any, confirm: Any, county: County) -> None:
        stays, goes = people.member(county.branch), people.member(county.branch, "李红")
        rows = [
            row(公民身份证号码=reveal(who, "id_number"), 姓名=who.name, 所在党支部=county.far_branch.name)
            for who in (stays, goes)
        ]
        address = preview(*rows)
        page = client.get(f"{address}?tab=transfers")
        assert [(shown.number, shown.source, shown.branch) for shown in page.context["page"].rows] == [
            (2, county.branch.name, county.far_branch.name), (3, county.branch.name, county.far_branch.name),
        ]  # fmt: skip
        client.post(f"{address}transfers/", {"shown": ["2", "3"], "moves": ["3", "999"], "page": "1"})
        assert confirm(address).context["roster"].counts["moved"] == 1
        stays.refresh_from_db()
        goes.refresh_from_db()
        assert (stays.organization, goes.organization) == (county.branch, county.far_branch)

    def test_all_at_once(self, client: Client, preview: Any, confirm: Any, county: County, member: Member) -> None:
        address = preview(row(公民身份证号码=reveal(member, "id_number"), 所在党支部=county.far_branch.name))
        client.post(f"{address}transfers/", {"all": "yes"})
        confirm(address)
        member.refresh_from_db()
        assert member.organization == county.far_branch

    def test_the_scope_is_the_importers_not_the_organizations(
        self, county: County, django_capture_on_commit_callbacks: Any
    ) -> None:
        """A secretary imports for one branch only: who stands next door is out of reach, not a transfer."""
        next_door = people.member(county.neighbour_branch)
        from members.roles import Role

        secretary = signed_in(people.user("s", (Role.SECRETARY, county.branch)))
        address = str(send(secretary, roster(row(公民身份证号码=reveal(next_door, "id_number"))), at="610101").url)
        with django_capture_on_commit_callbacks(execute=True):
            columns(secretary, address)
        text = secretary.get(address).content.decode()
        assert RosterRow.objects.get().problems[0]["code"] == "belongs_elsewhere"
        assert county.neighbour_branch.name not in text


class TestTwice:
    def test_confirming_twice_applies_once(
        self, client: Client, preview: Any, django_capture_on_commit_callbacks: Any
    ) -> None:
        address = preview(row())
        with django_capture_on_commit_callbacks(execute=True):
            client.post(f"{address}confirm/")
            client.post(f"{address}confirm/")
        assert Member.history.count() == 1
        assert AuditEvent.objects.filter(verb="imported").count() == 1

    def test_what_changed_since_the_preview_is_not_overwritten(
        self, client: Client, preview: Any, confirm: Any, member: Member, officer: Any, today: date
    ) -> None:
        from members.people import correct

        address = preview(row(公民身份证号码=reveal(member, "id_number"), 学历="大专"), row())
        correct(member, by=officer, today=today, education="研究生")
        page = confirm(address)
        member.refresh_from_db()
        assert (member.education, Member.objects.count()) == ("研究生", 1)
        assert page.context["roster"].state == "uploaded"
        assert page.context["job"].message

    def test_somebody_enrolled_since_the_preview_stops_it(
        self, client: Client, preview: Any, confirm: Any, county: County
    ) -> None:
        new = row()
        address = preview(new, row())
        people.member(county.branch, id_number=new["公民身份证号码"])
        assert confirm(address).context["roster"].state == "uploaded"
        assert Member.objects.count() == 1


class TestWhoSees:
    @pytest.mark.parametrize("other", ["other_officer", "neighbour", "secretary"])
    def test_nobody_else(self, client: Client, preview: Any, other: str, request: Any) -> None:
        address = preview(row())
        stranger = signed_in(request.getfixturevalue(other))
        assert stranger.get(address).status_code == 404
        for step in ("confirm", "discard", "columns", "again", "transfers", "cancel"):
            assert stranger.post(f"{address}{step}/").status_code == 404
        assert stranger.get(f"{address}rejected/").status_code == 404
        assert list(stranger.get(reverse("members:imports")).context["imports"]) == []

    @pytest.mark.parametrize(
        "role", ["auditor", "fund_officer", "system_admin", "security_admin", "audit_admin", "stranger"]
    )
    def test_those_who_may_not_import_get_a_refusal(self, role: str, request: Any) -> None:
        other = signed_in(request.getfixturevalue(role))
        for name in ("imports", "import-new", "import-template"):
            assert other.get(reverse(f"members:{name}")).status_code == 403

    def test_an_organization_outside_cannot_be_chosen(self, client: Client) -> None:
        page = send(client, roster(row()), at="62")
        assert page.context["form"].errors["organization"]


class TestQueries:
    def test_a_page_costs_the_same_for_one_row_and_for_many(
        self, client: Client, preview: Any, django_assert_num_queries: Any, county: County
    ) -> None:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        counts = []
        for size in (1, 120):
            people_on_file = [people.member(county.branch) for _each in range(size)]
            rows = [
                row(公民身份证号码=reveal(who, "id_number"), 学历="大专", 所在党支部=county.far_branch.name)
                for who in people_on_file
            ]
            address = preview(*rows, row(姓名=""), row())
            for tab in ("changed", "transfers", "rejected", "new"):
                with CaptureQueriesContext(
                    connection,
                ) as queries:
                    client.get(f"{address}?tab={tab}")
                counts.append((tab, len(queries)))
        assert counts[:4] == counts[4:]


class TestOrganizations:
    HEAD = ("组织代码", "组织名称", "组织类别", "上级组织代码")

    def test_a_tree_is_previewed_and_taken_over(self, client: Client, confirm: Any, county: County) -> None:
        content = workbook(
            [self.HEAD, ("6103", "中共白水镇委员会", "基层党委", "61"), ("610101", "改名党支部", "党支部", "6103")]
        )
        address = str(send(client, content, kind="organizations").url)
        text = client.get(address).content.decode()
        assert "中共白水镇委员会" in text
        assert not Organization.objects.filter(code="6103").exists()
        assert confirm(address).context["roster"].state == "done"
        county.branch.refresh_from_db()
        assert (county.branch.name, county.branch.parent.code) == ("改名党支部", "6103")
        assert county.branch.history.first().history_user.username == "officer"

    def test_another_county_is_out_of_reach(self, client: Client, county: County) -> None:
        content = workbook(
            [
                self.HEAD,
                ("62", "改名县委", "县委", ""),
                ("6299", "新党委", "基层党委", "62"),
                ("610199", "新党支部", "党支部", ""),
            ]
        )
        planned = client.get(str(send(client, content, kind="organizations").url)).context["rows"]
        assert [p.code for planned_row in planned for p in planned_row.problems] == [
            "belongs_elsewhere", "parent_unknown", "parent_unknown",
        ]  # fmt: skip

    def test_a_tree_that_changed_since_the_preview_waits(
        self, client: Client, confirm: Any, county: County, officer: Any
    ) -> None:
        from members import organizations

        content = workbook([self.HEAD, ("610101", "改名党支部", "党支部", "6101")])
        address = str(send(client, content, kind="organizations").url)
        client.get(address)
        organizations.rename(county.branch, name="另一个名字", by=officer)
        assert confirm(address).context["roster"].state == "preview"
        county.branch.refresh_from_db()
        assert county.branch.name == "另一个名字"

    def test_a_secretary_is_not_offered_it(self, secretary: Any, county: County) -> None:
        page = send(signed_in(secretary), workbook([self.HEAD]), kind="organizations", at="610101")
        assert page.context["form"].errors["kind"]


def test_the_list_shows_past_imports(client: Client, preview: Any, confirm: Any) -> None:
    confirm(preview(row()))
    page = client.get(reverse("members:imports"))
    assert re.search(r"名册\.xlsx", page.content.decode())
    assert saved is not None
