"""What the screens of an import show: samples of columns, pages of the preview, rejected rows as a workbook."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from carehelp.lib import crypto
from carehelp.lib.sheets import SheetRows
from carehelp.lib.workbooks import Cell, Column, Sheet, write_workbook
from members import dates, masking
from members.models import Member, Organization, RosterImport, RosterRow
from members.roster.branches import Branches
from members.roster.cells import text_of
from members.roster.columns import FIELDS, TITLES, Layout
from members.roster.matching import SEALED, TABLE
from members.roster.reading import table_rows
from members.roster.rows import ERROR
from members.roster.staging import unseal_cells
from members.roster.tree import COLUMNS

PAGE = 50
SAMPLES = 3
DIGIT = re.compile(r"\d")
HIDDEN = ("id_number", "phone", "landline", "address")
# Tabs of the preview: words, what is counted under them, which rows they hold.
TABS: dict[str, tuple[Any, str, Q]] = {
    "new": (gettext_lazy("New"), "created", Q(state="new")),
    "changed": (gettext_lazy("Changed"), "updated", Q(state="changed")),
    "transfers": (gettext_lazy("Transfers"), "transfers", Q(transfer=True)),
    "rejected": (gettext_lazy("Rejected"), "rejected", Q(state="rejected")),
    "warnings": (gettext_lazy("To be checked"), "warned", Q(warned=True)),
    "unchanged": (gettext_lazy("Unchanged"), "unchanged", Q(state="unchanged")),
}
MEMBER_FIELDS: dict[str, Any] = {column.name: column for column in Member._meta.concrete_fields}


# --- columns ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class ColumnShown:
    """A column of the sheet with a few of its values and what it was taken for."""

    index: int
    title: str
    samples: tuple[str, ...]
    key: str


def columns_shown(sheet: SheetRows, layout: Layout) -> list[ColumnShown]:
    """All columns that have a title or a value, with masked samples from the first rows."""
    rows = [cells for _number, cells in _first(table_rows(sheet, layout))]
    keys = {index: key for key, index in layout.columns.items()}
    width = max([len(layout.titles), *(len(cells) for cells in rows)])
    shown = []
    for index in range(width):
        title = layout.titles[index] if index < len(layout.titles) else ""
        key = keys.get(index, "")
        samples = tuple(_sample(cells[index], key) for cells in rows if index < len(cells) and text_of(cells[index]))
        if title or samples:
            shown.append(ColumnShown(index, title, samples[:SAMPLES], key))
    return shown


def _first(rows: Iterator[tuple[int, Sequence[Any]]]) -> list[tuple[int, Sequence[Any]]]:
    return [row for row, _count in zip(rows, range(SAMPLES * 2), strict=False)]


def _sample(cell: Any, key: str) -> str:
    text = text_of(cell)
    if key in HIDDEN:
        return masked(key, text)
    if sum(character.isdigit() for character in text) > 8:  # May be a number of a person in a column nobody knows.
        text = text[:3] + DIGIT.sub("*", text[3:])
    return text[:40]


def header_rows(sheet: SheetRows, count: int = 12) -> list[tuple[int, str]]:
    """The first rows in a few words each, for choosing the header among them."""
    shown = []
    for number, cells in enumerate(sheet.head(count), 1):
        words = " | ".join(_sample(cell, "") for cell in cells[:8] if text_of(cell))
        shown.append((number, words[:80] or _("(empty)")))
    return shown


def field_choices() -> list[tuple[str, str]]:
    """What a column may mean, by the names of the national form."""
    return [("", _("— not taken over —")), *TITLES.items()]


# --- preview ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    label: str
    old: str
    new: str


@dataclass
class RowShown:
    """A row of the preview: who, where, what changes, what is wrong."""

    number: int
    name: str
    branch: str
    facts: str
    problems: list[dict[str, Any]]
    changes: list[Change] = field(default_factory=list)
    source: str = ""
    moves: bool = False


@dataclass(frozen=True)
class Page:
    rows: list[RowShown]
    number: int
    pages: int

    @property
    def previous(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        return self.number + 1 if self.number < self.pages else None


def tab_counts(roster: RosterImport) -> list[tuple[str, str, int]]:
    """Tabs with their words and numbers of rows, from what was counted when the file was read."""
    counts = dict(roster.counts)
    return [(key, str(words), int(counts.get(name, 0))) for key, (words, name, _rows) in TABS.items()]


def page(roster: RosterImport, tab: str, number: int) -> Page:
    """One page of a tab; always the same number of queries, however many rows there are."""
    total = {key: count for key, _words, count in tab_counts(roster)}[tab]
    pages = max(1, -(-total // PAGE))
    number = min(max(1, number), pages)
    rows = list(roster.rows.filter(TABS[tab][2]).order_by("number")[(number - 1) * PAGE : number * PAGE])
    people = Member.objects.select_related("organization").in_bulk([row.member_id for row in rows if row.member_id])
    branches = Organization.objects.in_bulk([row.organization_id for row in rows if row.organization_id])
    return Page([_shown(row, people, branches) for row in rows], number, pages)


def _shown(row: RosterRow, people: dict[Any, Member], branches: dict[int, Organization]) -> RowShown:
    person = people.get(row.member_id)
    branch = branches.get(row.organization_id) if row.organization_id else None
    shown = RowShown(
        row.number, row.name, branch.name if branch else "", _facts(row), row.problems or [], moves=row.moves
    )
    if person is not None:
        shown.source = person.organization.name
        shown.changes = [_change(key, person, row) for key in row.changed or []]
    return shown


def _facts(row: RosterRow) -> str:
    if row.state != RosterRow.State.NEW or row.birth_on is None or row.joined_on is None:
        return ""
    return " · ".join(
        [
            str(Member.Sex(row.sex).label),
            _("born %(day)s") % {"day": date_format(row.birth_on, "DATE_FORMAT")},
            _("joined %(day)s") % {"day": dates.in_words(row.joined_on, row.joined_precision)},
            str(Member.Category(row.category).label),
        ]
    )


def _change(key: str, person: Member, row: RosterRow) -> Change:
    label = str(MEMBER_FIELDS[key].verbose_name)
    return Change(label, value_in_words(key, person, person.pk), value_in_words(key, row, person.pk))


def value_in_words(key: str, holder: Any, member_id: Any) -> str:
    """A fact as a person reads it: dates with their precision, choices by their labels, sealed values masked."""
    value = getattr(holder, key)
    if value is None or value == "":
        return ""
    if key in SEALED:
        return masked(key, crypto.unseal(value, table=TABLE, pk=member_id, field=key))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, date):
        precision = getattr(holder, key.replace("_on", "_precision"), "day")
        return dates.in_words(value, precision)
    choices = dict(MEMBER_FIELDS[key].choices or ())
    return str(choices.get(value, value))


def masked(key: str, text: str) -> str:
    if key == "id_number":
        return text[:6] + "*" * max(0, len(text) - 10) + text[-4:] if len(text) > 10 else "*" * len(text)
    return masking.mask_address(text) if key == "address" else masking.mask_phone(text)


# --- workbooks -------------------------------------------------------------------------------


def write_rejected(roster: RosterImport, path: Path) -> int:
    """The rejected rows as they were sent, problem cells coloured and commented; can be mended and sent again."""
    layout = Layout.from_json(roster.layout)
    texts = {layout.columns[key] for key in ("id_number", "phone", "landline") if key in layout.columns}
    columns = [
        Column(title or " ", 22 if index in texts else 14, as_text=index in texts)
        for index, title in enumerate(layout.titles)
    ]
    columns.append(Column(_("What to do"), 60))
    rows = roster.rows.filter(state="rejected").order_by("number").iterator(chunk_size=1000)
    sheet = Sheet(_("rejected rows"), columns, (_rejected_row(row, layout) for row in rows))
    return write_workbook(path, [sheet])


def _rejected_row(row: RosterRow, layout: Layout) -> list[Any]:
    cells = unseal_cells(row)
    cells += [""] * (len(layout.titles) - len(cells))
    given: list[Any] = list(cells[: len(layout.titles)])
    for problem in sorted(row.problems or [], key=lambda each: each["level"] == ERROR):
        index = layout.columns.get(problem["key"])
        if index is not None:
            earlier = given[index] if isinstance(given[index], Cell) else Cell(given[index])
            note = f"{earlier.note}\n{problem['message']}".strip()
            given[index] = Cell(earlier.value, problem["level"], note)
    words = [f"{problem['column']}：{problem['message']}" for problem in row.problems or []]
    return [*given, " ".join(words)]


def write_template(path: Path, kind: str, organization: Organization | None = None) -> None:
    """An empty workbook with the columns of the national form, drop-downs and notes."""
    write_workbook(path, [_organization_template() if kind == "organizations" else _roster_template(organization)])


def _roster_template(organization: Organization | None) -> Sheet:
    names = sorted(set(Branches(organization).names())) if organization else []
    # A list inside a drop-down holds 255 characters at most.
    branches = tuple(names) if len("".join(names)) + len(names) < 255 else ()
    choices: dict[str, tuple[str, ...]] = {
        "sex": ("男", "女"),
        "category": ("正式党员", "预备党员"),
        "party_status": ("正常", "停止党籍"),
        "lost_contact": ("是", "否"),
        "floating": ("是", "否"),
        "branch": branches,
    }
    day = _("Write it like 1987-07-01; 1987-07 where the file names only the month.")
    notes = {
        "name": _("Must be filled in."),
        "id_number": _("Must be filled in: 18 characters. The column is formatted as text so that no digit is lost."),
        "branch": _("Must be filled in: the name as it stands in the system."),
        "joined": _("Must be filled in.") + day,
        "full": day,
        "birth": day,
        "lost_since": day,
    }
    wide = {"id_number": 22, "branch": 30, "address": 30}
    columns = [
        Column(TITLES[key], wide.get(key, 16), notes.get(key, ""), choices.get(key, ()), as_text=key not in choices)
        for key in FIELDS
    ]
    return Sheet("党员花名册", columns, extra_rows=500)


def _organization_template() -> Sheet:
    titles = [names[0] for names in COLUMNS.values()]
    kinds = ("省委", "市委", "县委", "基层党委", "党总支", "党支部", "党小组")
    columns = [Column(title, 24, choices=kinds if title == "组织类别" else (), as_text=True) for title in titles]
    return Sheet("党组织", columns, extra_rows=500)
