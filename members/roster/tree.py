"""Organizations from a workbook: what would be founded, renamed or moved, and doing it.

A plan is made of the whole sheet before anything is written, because parents may stand after their children.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from carehelp.audit.models import AuditEvent
from carehelp.audit.trail import record
from carehelp.lib.sheets import CannotRead
from members import organizations
from members.errors import NotPossible
from members.models import Member, Organization
from members.roster.cells import compact, name_of
from members.roster.columns import Layout
from members.roster.reading import Table, find_table
from members.roster.rows import ERROR, Problem

if TYPE_CHECKING:
    from carehelp.accounts.models import User

Kind = Organization.Kind
COLUMNS: dict[str, tuple[str, ...]] = {
    "code": ("组织代码", "党组织代码", "代码", "组织编码", "党组织编码", "编码", "组织机构代码", "组织编号", "编号"),
    "name": ("组织名称", "党组织名称", "名称", "组织全称", "党组织全称", "全称", "党组织"),
    "kind": ("组织类别", "党组织类别", "类别", "组织类型", "党组织类型", "类型", "党组织属性", "层级"),
    "parent": (
        "上级组织代码", "上级党组织代码", "上级代码", "上级组织编码", "上级党组织编码", "上级编码", "父级代码",
        "隶属组织代码",
        "上级组织编号", "上级",
    ),
}  # fmt: skip
# What a kind's words contain, the more telling first (党小组 before 组织, 总支 before 支部).
KINDS: tuple[tuple[str, str], ...] = (
    ("小组", Kind.GROUP), ("总支", Kind.GENERAL_BRANCH), ("支部", Kind.BRANCH),
    ("省委", Kind.PROVINCE), ("自治区党委", Kind.PROVINCE), ("市委", Kind.CITY), ("州委", Kind.CITY),
    ("地委", Kind.CITY),
    ("盟委", Kind.CITY), ("县委", Kind.COUNTY), ("区委", Kind.COUNTY), ("旗委", Kind.COUNTY),
    ("党委", Kind.COMMITTEE), ("工委", Kind.COMMITTEE), ("党组", Kind.COMMITTEE), ("委员会", Kind.COMMITTEE),
)  # fmt: skip
TITLES = {key: names[0] for key, names in COLUMNS.items()}
LONGEST = {"code": 40, "name": 120}
CREATE, UPDATE, UNCHANGED, REJECTED = "create", "update", "unchanged", "rejected"
Tell = Callable[[int, int], None]


@dataclass
class Planned:
    """A row: what it says, what is on file under its code, and what would be done."""

    number: int
    code: str = ""
    name: str = ""
    kind: str = ""
    parent: str = ""
    known: Organization | None = None
    action: str = UNCHANGED
    changes: dict[str, tuple[str, str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def accepted(self) -> bool:
        return not self.problems

    @property
    def kind_name(self) -> str:
        return str(Kind(self.kind).label) if self.kind else ""

    @property
    def changes_shown(self) -> list[dict[str, str]]:
        """Changes with their words: label, old, new."""
        return [
            {"label": TITLES[key], "old": _shown(key, old), "new": _shown(key, new)}
            for key, (old, new) in self.changes.items()
        ]


def _shown(key: str, value: str) -> str:
    return str(Kind(value).label) if key == "kind" and value else value


@dataclass
class Plan:
    """All rows of the sheet in its order; `order` names accepted codes so that parents come before children."""

    rows: list[Planned]
    order: list[str]

    def count(self, action: str) -> int:
        return sum(1 for row in self.rows if row.action == action)

    def as_json(self) -> dict[str, Any]:
        return self.counts() | {"problems": [problem.as_json() for row in self.rows for problem in row.problems]}

    def counts(self) -> dict[str, int]:
        rejected = self.count(REJECTED)
        return {
            "rows": len(self.rows),
            "accepted": len(self.rows) - rejected,
            "created": self.count(CREATE),
            "updated": self.count(UPDATE),
            "unchanged": self.count(UNCHANGED),
            "rejected": rejected,
        }

    def fingerprint(self) -> str:
        """The same for the same doings: tells whether what was confirmed is what would be done now."""
        doings = [
            (row.number, row.action, row.code, row.name, row.kind, sorted(row.changes.items())) for row in self.rows
        ]
        return sha256(repr(doings).encode()).hexdigest()


def plan(source: Path | bytes, *, within: Organization | None) -> Plan:
    """What a workbook of organizations would do.

    `within` limits it to a subtree (a person's scope): what lies or would lie outside is refused without
    saying where.  Raises `CannotRead`.
    """
    table = find_table(source, names=COLUMNS)
    missing = [TITLES[key] for key in ("code", "name") if key not in table.layout.columns]
    if missing:
        raise CannotRead(
            _("The sheet has no column for %(columns)s: please add it and send the workbook again.")
            % {"columns": "、".join(missing)}
        )
    planner = _Planner(table, within)
    planner.read()
    if not planner.rows:
        raise CannotRead(_("The sheet has a header but no rows below it."))
    planner.settle()
    return Plan(planner.rows, planner.order)


def import_organizations(path: Path, *, by: "User | None" = None, dry_run: bool = False) -> Plan:
    """Take over the organizations of a workbook in one transaction (the command: anywhere in the tree)."""
    with transaction.atomic():
        planned = plan(path, within=None)
        if not dry_run:
            carry_out(planned, by=by)
            record_import("organizations:command", None, planned, by=by)
    return planned


def carry_out(planned: Plan, *, by: "User | None", tell: Tell = lambda done, total: None) -> None:
    """Found, rename and move what the plan says, inside the caller's transaction; superiors first."""
    rows = {row.code: row for row in planned.rows if row.accepted}
    for done, code in enumerate(planned.order):
        tell(done, len(planned.order))
        row = rows[code]
        parent = Organization.objects.filter(code=row.parent).first() if row.parent else None
        if row.action == CREATE:
            organizations.found(code=row.code, name=row.name, kind=row.kind, parent=parent, by=by)
        elif row.action == UPDATE and row.known is not None:
            _change(row, row.known, parent, by)


def record_import(target: str, organization: Organization | None, planned: Plan, *, by: "User | None") -> None:
    pk = organization.pk if organization else None
    detail: dict[str, Any] = planned.counts()
    record(AuditEvent.Verb.IMPORTED, by=by, target=target, organization_id=pk, **detail)


def target_of(import_id: UUID) -> str:
    return f"import:{import_id}"


def _change(row: Planned, known: Organization, parent: Organization | None, by: "User | None") -> None:
    if "kind" in row.changes:
        organizations.change_kind(known, kind=row.kind, by=by)
    if "name" in row.changes:
        organizations.rename(known, name=row.name, by=by)
    if "parent" in row.changes and parent is not None:
        known.refresh_from_db()
        organizations.move(known, under=parent, by=by)


class _Planner:
    def __init__(self, table: Table, within: Organization | None) -> None:
        self.table = table
        self.layout: Layout = table.layout
        self.within = within
        self.rows: list[Planned] = []
        self.order: list[str] = []
        self.on_file: dict[str, Organization] = {}
        self.by_code: dict[str, Planned] = {}

    # --- reading -----------------------------------------------------------------------------

    def read(self) -> None:
        self.rows = [self._row(number, cells) for number, cells in self.table.rows()]
        codes = {row.code for row in self.rows} | {row.parent for row in self.rows}
        found = Organization.objects.select_related("parent").filter(code__in=codes)
        self.on_file = {organization.code: organization for organization in found}
        for row in self.rows:
            self._check(row)
            if row.accepted:
                self.by_code[row.code] = row

    def _row(self, number: int, cells: Sequence[Any]) -> Planned:
        def value(key: str) -> Any:
            index = self.layout.columns.get(key)
            return cells[index] if index is not None and index < len(cells) else ""

        name = name_of(value("name"))
        words = compact(value("kind"))
        kind = next((kind for part, kind in KINDS if part in (words or name)), "")
        return Planned(number, compact(value("code")), name, str(kind), compact(value("parent")))

    def _check(self, row: Planned) -> None:
        row.known = self.on_file.get(row.code)
        if not row.code or len(row.code) > LONGEST["code"]:
            self._problem(row, "code", "code_missing", _("The code is missing or too long: please fill it in."))
        elif row.code in self.by_code:
            message = _("This code stands in row %(row)s already: please delete one of the two.")
            self._problem(row, "code", "duplicate_in_file", message % {"row": self.by_code[row.code].number})
        if not row.name or len(row.name) > LONGEST["name"]:
            self._problem(row, "name", "name_missing", _("The name is missing or too long: please fill it in."))
        if not row.kind:
            message = _(
                "The kind cannot be told: please write one of 省委, 市委, 县委, 基层党委, 党总支, 党支部, 党小组."
            )
            self._problem(row, "kind", "kind_unknown", message)
        if row.known is not None:
            self._check_known(row, row.known)

    def _check_known(self, row: Planned, known: Organization) -> None:
        if self.within is not None and not known.path.startswith(self.within.path):
            message = _("This code cannot be used here: please ask the organization department above.")
            self._problem(row, "code", "belongs_elsewhere", message)
        elif not known.is_open:
            message = _("This organization is closed: please take it off the sheet.")
            self._problem(row, "code", "organization_closed", message)
        elif not row.parent and known.parent is not None:
            row.parent = known.parent.code  # An empty cell changes nothing.
            self.on_file.setdefault(row.parent, known.parent)

    def _problem(self, row: Planned, key: str, code: str, message: str) -> None:
        index = self.layout.columns.get(key)
        title = self.layout.titles[index] if index is not None else TITLES[key]
        row.problems.append(Problem(row.number, key, title, ERROR, code, message))

    # --- settling: superiors first -----------------------------------------------------------

    def settle(self) -> None:
        state: dict[str, int] = {}
        for row in self.rows:
            if row.accepted:
                for code in self._upwards(row, state):
                    self._settle(self.by_code[code])
        for row in self.rows:
            if not row.accepted:
                row.action = REJECTED

    def _upwards(self, row: Planned, state: dict[str, int]) -> Iterator[str]:
        """The row's chain of superiors in the sheet that are not settled yet, topmost first; a circle is noted."""
        chain: list[str] = []
        code = row.code
        while code in self.by_code and code not in state:
            if code in chain:
                for looped in chain[chain.index(code) :]:
                    message = _("The superior codes lead in a circle: please check them.")
                    self._problem(self.by_code[looped], "parent", "circle", message)
                break
            chain.append(code)
            code = self.by_code[code].parent
        for code in reversed(chain):
            state[code] = 1
            yield code

    def _settle(self, row: Planned) -> None:
        if not row.accepted:
            return
        self._check_parent(row)
        if not row.accepted:
            return
        if row.known is None:
            row.action = CREATE
            self.order.append(row.code)
        else:
            self._settle_known(row, row.known)

    def _settle_known(self, row: Planned, known: Organization) -> None:
        before = {"name": known.name, "kind": known.kind, "parent": known.parent.code if known.parent else ""}
        row.changes = {
            key: (before[key], getattr(row, key))
            for key in before
            if before[key] != getattr(row, key) and getattr(row, key)
        }
        if "kind" in row.changes:
            self._check_kind_change(row, known)
        if row.accepted:
            row.action = UPDATE if row.changes else UNCHANGED
            self.order.append(row.code)

    def _check_parent(self, row: Planned) -> None:
        """The superior is known or accepted in the sheet, open, inside the scope, and of a higher kind."""
        if not row.parent:
            if self.within is not None and row.known is None:
                self._problem(row, "parent", "parent_unknown", _("The superior's code is missing: please fill it in."))
            return
        above, stored = self.by_code.get(row.parent), self.on_file.get(row.parent)
        kind = above.kind if above is not None and above.accepted else stored.kind if stored is not None else ""
        if not kind or (above is not None and not above.accepted and stored is None):
            message = _("There is no organization with the superior's code: please check it, or mend that row first.")
            self._problem(row, "parent", "parent_unknown", message)
        elif stored is not None and not stored.is_open:
            message = _("The superior organization is closed: please name another one.")
            self._problem(row, "parent", "parent_closed", message)
        elif stored is not None and not self._reachable(row, stored):
            message = _("There is no organization with the superior's code: please check it, or mend that row first.")
            self._problem(row, "parent", "parent_unknown", message)
        elif row.kind not in organizations.possible_kinds(Organization(kind=kind)):
            message = _("A %(kind)s cannot stand below a %(parent)s.")
            words = message % {"kind": row.kind_name, "parent": Kind(kind).label}
            self._problem(row, "kind", "kind_not_below", words)

    def _reachable(self, row: Planned, stored: Organization) -> bool:
        """Inside the scope, or the superior that it has anyway (the scope's own top stands below somebody else)."""
        if self.within is None or stored.path.startswith(self.within.path):
            return True
        return row.known is not None and row.known.parent_id == stored.pk

    def _check_kind_change(self, row: Planned, known: Organization) -> None:
        holding = (Kind.BRANCH, Kind.GROUP)
        if row.kind not in holding and Member.objects.in_place().filter(organization=known).exists():
            message = _("People stand on its roster, so it must stay a branch: please move them first.")
            self._problem(row, "kind", "kind_not_possible", message)


__all__ = ["NotPossible", "Plan", "Planned", "carry_out", "import_organizations", "plan", "record_import"]
