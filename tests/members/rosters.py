"""Workbooks shaped like those that offices send, and the means to import them in tests."""

import io
import json
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
from django.core.management import call_command

from tests import people

FORM = (
    "序号", "姓名", "性别", "公民身份证号码", "民族", "出生日期", "学历", "人员类别", "所在党支部", "加入党组织日期",
    "转为正式党员日期",
    "工作岗位", "联系电话", "家庭住址", "党籍状态",
)  # fmt: skip
NOTE = "注：本表由各支部填报，加盖公章后报县委组织部。"


def workbook(rows: Sequence[Sequence[Any]], *, sheet: str = "党员花名册", **more: Sequence[Sequence[Any]]) -> bytes:
    """An .xlsx whose first sheet holds the rows as they are; `more` are further sheets."""
    book = openpyxl.Workbook()
    book.active.title = sheet
    for name, values in {sheet: rows, **more}.items():
        page = book[name] if name in book.sheetnames else book.create_sheet(name)
        for values_of_row in values:
            page.append(list(values_of_row))
    for page in book.worksheets:
        for cells in page.iter_rows():
            for cell in cells:
                if isinstance(cell.value, str):
                    cell.data_type = "s"
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def row(**facts: Any) -> dict[str, Any]:
    """A faultless row of the national form by its headers; say what is different."""
    birth = facts.pop("birth", date(1960, 3, 5))
    male = facts.get("性别", "男") != "女"
    return {
        "序号": 1, "姓名": "王建国", "性别": "男", "公民身份证号码": people.id_number(birth, male=male),
        "民族": "汉族", "出生日期": birth,
        "学历": "高中", "人员类别": "正式党员", "所在党支部": "红旗镇东风村党支部", "加入党组织日期": "1990-07-01",
        "转为正式党员日期": "1991-07-01", "工作岗位": "农牧渔民", "联系电话": "19900001111",
        "家庭住址": "云岭县红旗镇1号",
        "党籍状态": "正常",
    } | facts  # fmt: skip


def roster(*rows: dict[str, Any], header: Sequence[str] = FORM, title: str = "", note: str = "") -> bytes:
    """A roster with an optional title row above and note row below."""
    lines: list[Sequence[Any]] = [[title]] if title else []
    lines.append(header)
    lines += [[values.get(name, "") for name in header] for values in rows]
    return workbook([*lines, *([[note]] if note else [])])


def saved(content: bytes, folder: Path, name: str = "roster.xlsx") -> str:
    path = folder / name
    path.write_bytes(content)
    return str(path)


def run(command: str, *args: str) -> tuple[int, Any, str]:
    """Exit status, the JSON object on standard output (None for none), and what stands on standard error."""
    out, err, status = io.StringIO(), io.StringIO(), 0
    try:
        call_command(command, *args, "--json", stdout=out, stderr=err)
    except SystemExit as left:
        status = int(left.code or 0)
    return status, json.loads(out.getvalue()) if out.getvalue() else None, err.getvalue()


def codes(outcome: dict[str, Any]) -> list[str]:
    return [problem["code"] for problem in outcome["problems"]]


def cells_of(content: bytes) -> Iterator[tuple[Any, ...]]:
    yield from openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)
