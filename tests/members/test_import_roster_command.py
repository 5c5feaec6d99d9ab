"""`import_roster`: every code, the counts, the exit statuses, and nothing of anybody's ID number in a message."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from carehelp.audit.models import AuditEvent
from carehelp.lib import idcard
from carehelp.lib.fields import reveal
from members.models import Member
from members.people import id_hash, record_death, record_leaving
from tests import people
from tests.conftest import County
from tests.members.rosters import FORM, NOTE, codes, roster, row, run, saved, workbook


@pytest.fixture
def take(county: County, tmp_path: Path) -> Any:
    """`take(rows…)`: import a roster of these rows for the county and give the JSON object."""

    def do(*rows: dict[str, Any], options: tuple[str, ...] = (), at: str = "61", **shape: Any) -> dict[str, Any]:
        status, outcome, _err = run(
            "import_roster", saved(roster(*rows, **shape), tmp_path), "--organization", at, *options
        )
        assert status == (1 if outcome["rejected"] else 0)
        return outcome

    return do


def broken_check(number: str) -> str:
    return number[:17] + ("0" if number[17] != "0" else "1")


def old_number(birth: date) -> str:
    return f"619901{birth:%y%m%d}{123}"


NUMBER = people.id_number(date(1960, 3, 5))
ERRORS = [
    ("name_missing", row(姓名=" 　 ")),
    ("name_missing", row(姓名="无")),
    ("id_missing", row(公民身份证号码="无")),
    ("id_missing", row(公民身份证号码="")),
    ("id_length", row(公民身份证号码=NUMBER[:17])),
    ("id_length", row(公民身份证号码=12345)),
    ("id_checksum", row(公民身份证号码=broken_check(NUMBER))),
    ("id_checksum", row(公民身份证号码="A" + NUMBER[1:])),
    ("id_digits_lost", row(公民身份证号码=619901196003050000)),
    ("id_digits_lost", row(公民身份证号码=6.19901196003050e17)),
    ("id_digits_lost", row(公民身份证号码="6.19901E+17")),
    ("birth_mismatch", row(出生日期="1961-03-05")),
    ("birth_mismatch", row(出生日期="1960.04")),
    ("sex_mismatch", row(公民身份证号码=people.id_number(date(1960, 3, 5), male=False))),
    ("sex_mismatch", row(性别="不清楚")),
    ("date_unreadable", row(加入党组织日期="七十年代初")),
    ("date_unreadable", row(加入党组织日期="")),
    ("date_unreadable", row(转为正式党员日期="待查")),
    ("date_unreadable", row(出生日期="六十年代")),
    ("date_impossible", row(加入党组织日期="19870230")),
    ("date_impossible", row(加入党组织日期="1987.02.30")),
    ("date_impossible", row(加入党组织日期="1987年13月")),
    ("date_impossible", row(加入党组织日期="1950-01-01", 转为正式党员日期="1951-01-01")),
    ("date_impossible", row(转为正式党员日期="2031-01-01")),
    ("full_before_joined", row(转为正式党员日期="1990-06-30")),
    ("full_before_joined", row(加入党组织日期="1990.07", 转为正式党员日期="1990-06-30")),
    ("joined_in_future", row(加入党组织日期="2031-05-01", 转为正式党员日期="2032-05-01")),
    ("branch_unknown", row(所在党支部="红旗镇星火村党支部")),
    ("branch_unknown", row(所在党支部="")),
    ("branch_unknown", row(所在党支部="中共红旗镇委员会")),
    ("branch_unknown", row(所在党支部="临川县新民村党支部")),
]
WARNINGS = [
    ("month_only_date", row(加入党组织日期="1990.07")),
    ("month_only_date", row(加入党组织日期=199007)),
    ("month_only_date", row(转为正式党员日期="1991年7月")),
    ("id_15_digits", row(公民身份证号码=old_number(date(1960, 3, 5)))),
    ("id_15_digits", row(公民身份证号码=int(old_number(date(1960, 3, 5))))),
    ("full_date_missing", row(转为正式党员日期="—")),
    ("joined_under_18", row(加入党组织日期="1978-03-04", 转为正式党员日期="1979-03-04")),
]
SILENT = [
    row(加入党组织日期="1977-08-17", 转为正式党员日期="") | {"quiet": "joined_under_18"},  # No probation existed.
    row(人员类别="预备党员", 加入党组织日期="2026-03-01", 转为正式党员日期=""),
    row(人员类别="预备党员", 加入党组织日期="2026-03-01", 转为正式党员日期="2027-03-01"),
    row(人员类别="", 加入党组织日期="2026-03-01", 转为正式党员日期=""),
    row(出生日期="1960.03"),
    row(出生日期=""),
    row(性别=""),
    row(公民身份证号码=f" {NUMBER[:6]} {NUMBER[6:14]}\u00a0{NUMBER[14:]} "),
    row(公民身份证号码="".join(chr(ord(digit) + 0xFEE0) for digit in NUMBER)),
    row(姓名=" 王  建国\n", 所在党支部="红旗镇东风村党支部　"),
    row(所在党支部="610101"),
    row(加入党组织日期="1990-07-01 00:00:00"),
    row(加入党组织日期="1978-03-05", 转为正式党员日期="1979-03-05"),  # The 18th birthday.
    row(加入党组织日期="1978.03", 转为正式党员日期="1979-03-05") | {"quiet": "month_only_date"},
]


class TestProblems:
    @pytest.mark.parametrize(("code", "faulty"), ERRORS)
    def test_an_error_keeps_the_row_out_and_stands_alone(self, take: Any, code: str, faulty: dict[str, Any]) -> None:
        outcome = take(faulty)
        assert [(found["row"], found["code"]) for found in outcome["problems"] if found["level"] == "error"] == [
            (2, code)
        ]
        assert {found["code"] for found in outcome["problems"]} <= {code, "month_only_date"}
        assert (outcome["rejected"], outcome["created"]) == (1, 0)
        assert not Member.objects.exists()

    @pytest.mark.parametrize(("code", "uncertain"), WARNINGS)
    def test_a_warning_lets_the_row_in(self, take: Any, code: str, uncertain: dict[str, Any]) -> None:
        outcome = take(uncertain)
        assert [(problem["code"], problem["level"]) for problem in outcome["problems"]] == [(code, "warning")]
        assert (outcome["accepted"], outcome["created"], outcome["rejected"]) == (1, 1, 0)

    @pytest.mark.parametrize("faultless", SILENT)
    def test_what_offices_write_is_understood(self, take: Any, faultless: dict[str, Any]) -> None:
        outcome = take(faultless)
        assert [code for code in codes(outcome) if code != faultless.get("quiet")] == []
        member = Member.objects.get()
        assert (member.name, member.sex, member.birth_on) == ("王建国", "male", date(1960, 3, 5))

    def test_independent_errors_of_a_row_are_all_told(self, take: Any) -> None:
        outcome = take(row(姓名="", 公民身份证号码="", 所在党支部="", 加入党组织日期="1987-02-30"))
        assert sorted(codes(outcome)) == ["branch_unknown", "date_impossible", "id_missing", "name_missing"]

    def test_no_message_holds_an_id_number(self, take: Any) -> None:
        number = people.id_number(date(1960, 3, 5))
        wrong_place = row(加入党组织日期=number, 转为正式党员日期=f"{number[:6]} {number[6:]}", 所在党支部=number)
        outcome = take(
            row(公民身份证号码=number),
            row(公民身份证号码=number),
            wrong_place,
            row(公民身份证号码=broken_check(number)),
        )
        for problem in outcome["problems"]:
            assert number[6:14] not in problem["message"]
            assert number not in str(outcome)

    def test_a_problem_names_the_column_as_the_sheet_does(self, take: Any) -> None:
        header = ["姓 名" if name == "姓名" else "入党时间" if name == "加入党组织日期" else name for name in FORM]
        faulty = {
            ("姓 名" if k == "姓名" else "入党时间" if k == "加入党组织日期" else k): v
            for k, v in row(加入党组织日期="？").items()
        }
        (problem,) = take(faulty, header=header)["problems"]
        assert set(problem) == {"row", "column", "level", "code", "message"}
        assert problem["column"] == "入党时间"


class TestTheSamePerson:
    def test_twice_in_a_file_counts_once(self, take: Any) -> None:
        number = people.id_number(date(1960, 3, 5))
        outcome = take(row(公民身份证号码=number), row(公民身份证号码=number.lower(), 所在党支部="红旗镇前进村党支部"))
        assert (outcome["created"], outcome["rejected"], codes(outcome)) == (1, 1, ["duplicate_in_file"])
        assert outcome["problems"][0]["row"] == 3

    def test_a_row_rejected_for_something_else_does_not_count_as_the_first(self, take: Any) -> None:
        number = people.id_number(date(1960, 3, 5))
        outcome = take(row(公民身份证号码=number, 姓名=""), row(公民身份证号码=number))
        assert codes(outcome) == ["name_missing"]
        assert outcome["created"] == 1

    def test_the_same_file_twice_changes_nothing(self, take: Any) -> None:
        rows = [row(), row(加入党组织日期="1990.07"), row(联系电话="/", 家庭住址="—"), row(转为正式党员日期="")]
        assert take(*rows)["created"] == 4
        before = list(Member.objects.order_by("pk").values())
        again = take(*rows)
        assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 4)
        assert list(Member.objects.order_by("pk").values()) == before
        assert Member.history.count() == 4

    def test_what_differs_is_updated_and_the_rest_stays(self, take: Any, member: Member) -> None:
        number = reveal(member, "id_number")
        outcome = take(row(公民身份证号码=number, 学历="大专", 联系电话="", 家庭住址="云岭县红旗镇2号"))
        assert (outcome["updated"], outcome["unchanged"]) == (1, 0)
        member.refresh_from_db()
        assert (member.education, reveal(member, "phone"), reveal(member, "address")) == (
            "大专",
            "19900001111",
            "云岭县红旗镇2号",
        )
        newest = member.history.first()
        assert (newest.history_type, newest.education, newest.history_user) == ("~", "大专", None)
        assert reveal(newest, "address") == "云岭县红旗镇2号"

    def test_columns_that_the_sheet_lacks_are_left_alone(self, take: Any, member: Member) -> None:
        short = ("姓名", "公民身份证号码", "所在党支部", "加入党组织日期")
        outcome = take(row(公民身份证号码=reveal(member, "id_number")), header=short)
        assert (outcome["unchanged"], codes(outcome)) == (1, [])
        member.refresh_from_db()
        assert member.full_on == date(1991, 7, 1)

    def test_a_month_takes_nothing_from_a_known_day(self, take: Any, member: Member) -> None:
        outcome = take(row(公民身份证号码=reveal(member, "id_number"), 加入党组织日期="1990.07"))
        assert outcome["unchanged"] == 1
        member.refresh_from_db()
        assert (member.joined_on, member.joined_precision) == (date(1990, 7, 1), "day")

    def test_a_date_that_contradicts_the_file_is_refused(self, take: Any, member: Member) -> None:
        short = ("姓名", "公民身份证号码", "所在党支部", "加入党组织日期")
        outcome = take(row(公民身份证号码=reveal(member, "id_number"), 加入党组织日期="1995-01-01"), header=short)
        assert codes(outcome) == ["full_before_joined"]


class TestAnotherBranch:
    def test_a_transfer_is_told_and_waits(self, take: Any, member: Member, county: County) -> None:
        moved = row(公民身份证号码=reveal(member, "id_number"), 所在党支部=county.far_branch.name)
        outcome = take(moved)
        assert (codes(outcome), outcome["accepted"], outcome["unchanged"]) == (["transfer"], 1, 1)
        member.refresh_from_db()
        assert member.organization == county.branch

    def test_it_happens_when_confirmed(self, take: Any, member: Member, county: County) -> None:
        moved = row(公民身份证号码=reveal(member, "id_number"), 所在党支部=county.far_branch.name)
        outcome = take(moved, options=("--apply-transfers",))
        assert (codes(outcome), outcome["updated"]) == (["transfer"], 1)
        member.refresh_from_db()
        assert member.organization == county.far_branch
        assert member.history.first().organization == county.far_branch
        assert take(moved)["problems"] == []

    def test_other_facts_are_updated_meanwhile(self, take: Any, member: Member, county: County) -> None:
        outcome = take(row(公民身份证号码=reveal(member, "id_number"), 所在党支部=county.far_branch.name, 学历="大专"))
        assert outcome["updated"] == 1
        member.refresh_from_db()
        assert (member.organization, member.education) == (county.branch, "大专")

    def test_somebody_outside_is_refused_without_saying_where(self, take: Any, county: County) -> None:
        outsider = people.member(county.other_county_branch)
        outcome = take(row(公民身份证号码=reveal(outsider, "id_number")))
        assert codes(outcome) == ["belongs_elsewhere"]
        assert "临川" not in str(outcome)
        assert "新民" not in str(outcome)

    def test_a_branch_of_the_same_name_elsewhere_is_not_meant(self, take: Any, county: County) -> None:
        twin = people.organization("红旗镇东风村党支部", "branch", county.other_county)
        take(row())
        assert Member.objects.get().organization == county.branch != twin

    def test_two_branches_of_one_name_need_the_superior(self, take: Any, county: County) -> None:
        people.organization("红旗镇东风村党支部", "branch", county.other_town)
        assert codes(take(row())) == ["branch_unknown"]
        assert codes(take(row(所在党支部="中共红旗镇委员会红旗镇东风村党支部"))) == []

    def test_the_dead_do_not_come_back_by_a_roster(self, take: Any, member: Member, officer: Any, today: date) -> None:
        record_death(member, died_on=today, by=officer, today=today)
        assert codes(take(row(公民身份证号码=reveal(member, "id_number")))) == ["belongs_elsewhere"]

    def test_who_left_comes_back_when_confirmed(self, take: Any, member: Member, officer: Any, today: date) -> None:
        record_leaving(member, left_on=today, reason="出国", by=officer, today=today)
        again = row(公民身份证号码=reveal(member, "id_number"))
        assert codes(take(again)) == ["transfer"]
        assert take(again, options=("--apply-transfers",))["updated"] == 1
        member.refresh_from_db()
        assert member.is_in_place


class TestSheets:
    def test_title_and_note_rows_are_no_people(self, take: Any) -> None:
        outcome = take(row(), title="云岭县党员花名册（2026年10月）", note=NOTE)
        assert (outcome["rows"], outcome["created"]) == (1, 1)

    def test_rows_keep_their_numbers(self, take: Any) -> None:
        (problem,) = take(row(), row(姓名=""), title="花名册")["problems"]
        assert problem["row"] == 4

    def test_empty_rows_and_a_repeated_header_are_passed_over(self, take: Any) -> None:
        outcome = take(row(), {}, {"序号": 7}, dict(zip(FORM, FORM, strict=True)), row())
        assert (outcome["rows"], outcome["created"]) == (2, 2)

    def test_the_sheet_with_the_roster_is_found(self, county: County, tmp_path: Path) -> None:
        content = workbook([["填表说明"], ["请如实填写"]], sheet="说明", 花名册=[FORM, list(row().values())])
        _status, outcome, _err = run("import_roster", saved(content, tmp_path), "--organization", "61")
        assert outcome["created"] == 1

    def test_a_second_roster_is_named_and_left_aside(self, county: County, tmp_path: Path) -> None:
        content = workbook([FORM, list(row().values())], sheet="东风村", 前进村=[FORM, list(row().values())])
        _status, outcome, err = run("import_roster", saved(content, tmp_path), "--organization", "61")
        assert outcome["rows"] == 1
        assert "前进村" in err

    def test_a_branch_needs_no_branch_column(self, take: Any, county: County) -> None:
        header = [name for name in FORM if name != "所在党支部"]
        assert take(row(), header=header, at="610101")["created"] == 1
        assert Member.objects.get().organization == county.branch

    def test_a_formula_is_read_as_the_value_it_had_and_text_stays_text(self, take: Any) -> None:
        take(row(家庭住址='=HYPERLINK("http://example.org")', 学历="=1+1"))
        member = Member.objects.get()
        assert reveal(member, "address") == '=HYPERLINK("http://example.org")'
        assert member.education == "=1+1"


class TestRefusals:
    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"<html><table><tr><td>1</td></tr></table></html>",
            b"a,b,c\n1,2,3\n",
            b"PK\x03\x04 no workbook",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
            workbook([]),
            workbook([["只有标题"]]),
            workbook([["甲", "乙"], [1, 2]]),
            workbook([FORM]),
            workbook([["姓名", "性别", "民族"], ["王建国", "男", "汉族"]]),
        ],
    )
    def test_a_file_that_is_no_roster_ends_with_one_sentence(
        self, county: County, tmp_path: Path, content: bytes
    ) -> None:
        status, outcome, err = run("import_roster", saved(content, tmp_path), "--organization", "61")
        assert (status, outcome) == (2, None)
        assert len(err.strip().splitlines()) == 1
        assert "Traceback" not in err

    def test_a_missing_file_and_an_unknown_code_too(self, county: County, tmp_path: Path) -> None:
        assert run("import_roster", str(tmp_path / "nothing.xlsx"), "--organization", "61")[0] == 2
        assert run("import_roster", saved(roster(row()), tmp_path), "--organization", "nowhere")[0] == 2


class TestWriting:
    def test_a_dry_run_tells_and_writes_nothing(self, take: Any) -> None:
        outcome = take(row(), options=("--dry-run",))
        assert outcome["created"] == 1
        assert not Member.objects.exists()
        assert not AuditEvent.objects.exists()

    def test_members_come_out_as_if_enrolled_by_hand(self, take: Any, county: County) -> None:
        number = people.id_number(date(1960, 3, 5))
        take(row(公民身份证号码=number))
        imported = Member.objects.get(id_hash=id_hash(number))
        by_hand = people.member(county.branch)
        left = {f.name: getattr(imported, f.name) for f in Member._meta.fields}
        right = {f.name: getattr(by_hand, f.name) for f in Member._meta.fields}
        own = {"id", "id_number", "id_hash", "phone", "landline", "address", "created_at", "updated_at"}
        assert {k: v for k, v in left.items() if k not in own} == {k: v for k, v in right.items() if k not in own}
        assert reveal(imported, "id_number") == number
        assert idcard.check_holds(number)
        history = imported.history.get()
        assert (history.history_type, reveal(history, "id_number")) == ("+", number)

    def test_evidence_holds_counts_and_no_names(self, take: Any, county: County) -> None:
        take(row(), row(姓名=""))
        event = AuditEvent.objects.get(verb="imported")
        assert (event.organization_id, event.detail["created"], event.detail["rejected"]) == (county.county.pk, 1, 1)
        assert "王" not in str(event.detail)

    def test_members_are_announced_once(self, take: Any) -> None:
        from members.signals import members_changed

        heard: list[list[Any]] = []

        def hear(members: list[Any], **_rest: Any) -> None:
            heard.append(members)

        members_changed.connect(hear)
        try:
            take(row(), row())
            take(row())
        finally:
            members_changed.disconnect(hear)
        assert [len(ids) for ids in heard] == [2, 1]
