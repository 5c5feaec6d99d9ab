"""Finding the header row of a roster and what each column means."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

SEARCHED_ROWS = 30
# The columns of the national collection form, in its order, with the other names that occur.
FIELDS: dict[str, tuple[str, ...]] = {
    "name": ("姓名", "党员姓名", "名字", "党员名称"),
    "sex": ("性别",),
    "id_number": (
        "公民身份证号码", "身份证号", "身份证号码", "公民身份号码", "身份证", "身份号码", "居民身份证号码",
        "证件号码", "居民身份证号",
        "公民身份证号", "公民身份证", "身份证件号码", "身份证编号", "证件号",
    ),
    "ethnicity": ("民族", "族别"),
    "birth": ("出生日期", "出生年月", "出生年月日", "出生时间", "生日", "出生"),
    "education": ("学历", "文化程度", "学历学位", "最高学历", "文化", "受教育程度"),
    "category": ("人员类别", "党员类别", "党员类型", "类别", "党员身份", "人员类型", "正式或预备", "是否正式党员"),
    "branch": (
        "所在党支部", "所在支部", "党支部", "支部", "所属党支部", "所属支部", "支部名称", "党支部名称", "党组织",
        "所在党组织",
        "所在党组织名称", "所属党组织", "党组织名称", "所在党支部名称", "组织关系所在支部", "组织关系所在党支部",
        "组织关系所在党组织",
    ),
    "joined": (
        "加入党组织日期", "入党日期", "入党时间", "加入党组织时间", "加入中国共产党日期", "加入中国共产党时间",
        "入党年月", "入党年月日",
        "何时入党", "入党", "接收为预备党员日期", "成为预备党员日期", "加入中共日期", "参加党组织日期",
        "加入党组织年月",
    ),
    "full": (
        "转为正式党员日期", "转正日期", "转正时间", "转为正式党员时间", "转正年月", "转正", "转正年月日",
        "转为正式党员年月", "成为正式党员日期",
        "预备党员转正日期", "预备党员转正时间", "转为正式日期", "转正式党员日期",
    ),
    "occupation": ("工作岗位", "职业", "岗位", "工作单位及职务", "从事职业", "职务", "工作", "现从事职业"),
    "phone": ("联系电话", "手机号码", "手机", "手机号", "电话", "联系方式", "电话号码", "移动电话", "本人电话"),
    "landline": ("固定电话", "座机", "家庭电话", "住宅电话", "固话", "办公电话"),
    "address": ("家庭住址", "现居住地", "住址", "家庭地址", "地址", "居住地", "现住址", "居住地址", "通讯地址"),
    "party_status": ("党籍状态", "党籍", "党籍情况"),
    "lost_contact": ("是否为失联党员", "是否失联", "失联党员", "是否失联党员", "失联"),
    "lost_since": ("失去联系日期", "失联日期", "失联时间", "失去联系时间"),
    "floating": ("是否为流动党员", "是否流动党员", "流动党员", "是否流动"),
    "floating_to": ("外出流向", "流动去向", "外出地点", "流向", "外出去向", "流入地"),
}  # fmt: skip
TITLES = {key: names[0] for key, names in FIELDS.items()}
REQUIRED = ("name", "id_number", "joined")
# A header that no list knows: what it must and must not contain.
GUESSES: tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...] = (
    ("full", re.compile(r"转(为)?正|转.{0,6}正式"), re.compile(r"介绍|编号|情况|申请|支部")),
    (
        "joined",
        re.compile(r"(入党|加入.*党|参加.*党).*(日期|时间|年月)"),
        re.compile(r"申请|志愿|介绍|积极|龄|地点|单位|号"),
    ),
    ("birth", re.compile(r"出生.*(日期|时间|年月)|^生日"), re.compile(r"地")),
    (
        "id_number",
        re.compile(r"身份证|身份号|证件号"),
        re.compile(r"照|复印|地址|住址|有效|配偶|家属|正面|反面|是否|生日|年龄"),
    ),
    (
        "branch",
        re.compile(r"(所在|所属|隶属).*(支部|党组织)|支部(名称|全称)"),
        re.compile(r"书记|电话|代码|编码|人数|地址|日期|时间"),
    ),
    ("phone", re.compile(r"手机|联系电话|移动电话"), re.compile(r"书记|家属|紧急|亲属|支部|配偶")),
    ("address", re.compile(r"(居住|家庭|现住|常住).*(址|地)"), re.compile(r"邮编|面积")),
    ("name", re.compile(r"^(党员)?姓名|^本人姓名"), re.compile(r"书记|家属|介绍|联系人|配偶|曾用|拼音")),
    ("education", re.compile(r"学历|文化程度"), re.compile(r"学校|院校|时间|日期|专业")),
    ("category", re.compile(r"(党员|人员)(类别|类型)"), re.compile(r"困难|重点")),
)
_PARENTHESES = re.compile(r"[(\[【{<《〈].*?[)\]】}>》〉]")
_NOISE = re.compile(r"[\s*＊★☆:：;；,，、。.·“”\"'‘’\-_/\\!！?？]+")


class NoHeader(ValueError):
    """No row names the columns that a roster needs; the message says which."""


@dataclass(frozen=True)
class Layout:
    """Where the header is and which column (from 0) holds which fact; `titles` are the headers as they stand."""

    header_row: int  # Row number in the sheet, from 1: the last one when the header takes two rows.
    columns: dict[str, int]
    titles: tuple[str, ...]
    first_row: int = field(default=0)

    def title(self, key: str) -> str:
        """How the sheet calls a column (the national form's name for one that it lacks)."""
        index = self.columns.get(key)
        return self.titles[index] if index is not None and index < len(self.titles) else TITLES[key]

    def missing(self, *, needs_branch: bool = True) -> list[str]:
        """Columns without which no row can be taken over, by the national form's names."""
        wanted = (*REQUIRED, "branch") if needs_branch else REQUIRED
        return [TITLES[key] for key in wanted if key not in self.columns]

    def as_json(self) -> dict[str, Any]:
        return {"header_row": self.header_row, "columns": self.columns, "titles": list(self.titles)}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "Layout":
        return cls(kept["header_row"], dict(kept["columns"]), tuple(kept["titles"]))


def recognize(rows: Sequence[Sequence[Any]], names: dict[str, tuple[str, ...]] = FIELDS) -> Layout:
    """The layout of a sheet from its first rows: the row, or pair of rows, that names most of the known columns.

    Raises `NoHeader` when none of them names at least two columns, the person's name or ID number among them.
    """
    best: Layout | None = None
    for height in (1, 2):  # A header of two rows must name more than the best single row does.
        for header_row in range(height, min(len(rows), SEARCHED_ROWS) + 1):
            layout = layout_at(rows, header_row, height=height, names=names)
            if best is None or len(layout.columns) > len(best.columns):
                best = layout
    if best is None or len(best.columns) < 2 or not _plausible(best, names):
        raise NoHeader(_no_header(names))
    return best


def layout_at(
    rows: Sequence[Sequence[Any]], header_row: int, *, height: int = 1, names: dict[str, tuple[str, ...]] = FIELDS
) -> Layout:
    """The layout if the header ends at that row (from 1); one of two rows takes the lower word where there is one."""
    lower = rows[header_row - 1]
    titles = [clean_title(cell) for cell in lower]
    if height == 2:
        upper = [clean_title(cell) for cell in rows[header_row - 2]]
        titles = [low or high for low, high in zip(titles, upper, strict=False)]
    return Layout(header_row, _match(titles, names), tuple(titles), header_row - height + 1)


def clean_title(cell: Any) -> str:
    """A header as it can be shown and compared: one line, no spaces."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", cell)) if isinstance(cell, str) else ""


def _match(titles: Sequence[str], names: dict[str, tuple[str, ...]]) -> dict[str, int]:
    """Columns by exact names first (the earlier name of a list wins), then by what a header contains."""
    bare = [_bare(title) for title in titles]
    found: dict[str, int] = {}
    for key, known in names.items():
        for name in known:
            if name in bare and bare.index(name) not in found.values():
                found[key] = bare.index(name)
                break
    if names is FIELDS:
        _guess(bare, found)
    return dict(sorted(found.items(), key=lambda item: item[1]))


def _guess(bare: Sequence[str], found: dict[str, int]) -> None:
    for key, wanted, unwanted in GUESSES:
        if key in found:
            continue
        for index, title in enumerate(bare):
            free = index not in found.values() and len(title) <= 24
            if free and wanted.search(title) and not unwanted.search(title):
                found[key] = index
                break


def _bare(title: str) -> str:
    without = _NOISE.sub("", _PARENTHESES.sub("", title))
    return without or _NOISE.sub("", title)


def _plausible(layout: Layout, names: dict[str, tuple[str, ...]]) -> bool:
    first, *others = names
    return first in layout.columns or (names is FIELDS and "id_number" in layout.columns and bool(others))


def _no_header(names: dict[str, tuple[str, ...]]) -> str:
    return _("No header row was found: one row must name the columns, for example %(names)s.") % {
        "names": "、".join(known[0] for known in list(names.values())[:4])
    }
