"""Writing decided rows into a staging table with `COPY`, and counting them."""

import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from carehelp.lib import crypto
from members import names, party_age
from members.models import RosterRow
from members.roster.matching import CHANGED, NEW, REJECTED, UNCHANGED, Decision
from members.roster.rows import WARNING

KEPT = RosterRow._meta.db_table
BATCH = 2000
# Facts of a member that the staging table has under the same names, besides those reckoned here.
FACTS = (
    "sex", "ethnicity", "birth_on", "education", "occupation", "phone", "landline", "address", "category",
    "party_status",
    "joined_on", "joined_precision", "full_on", "full_precision", "lost_contact", "lost_since", "floating",
    "floating_to",
)  # fmt: skip
FIELDS: dict[str, Any] = {field.name: field for field in RosterRow._meta.concrete_fields}
EMPTY_FACTS = tuple(None if FIELDS[fact].null else FIELDS[fact].get_default() for fact in FACTS)
COLUMNS = (
    "roster_id", "number", "state", "problems", "warned", "transfer", "moves", "changed", "cells", "seen_at",
    "member_id",
    "organization_id", "name", "sort_name", "search", "id_number", "id_hash", "party_age_from", "party_age_basis",
    *FACTS,
)  # fmt: skip
NEEDS_CARE = re.compile(r"[\\\t\n\r]")
SPECIAL = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


@dataclass(slots=True)
class Counts:
    """What an import makes of its rows; `accepted` = created + updated + unchanged."""

    rows: int = 0
    accepted: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    warned: int = 0
    transfers: int = 0

    def add(self, decision: Decision, *, moves: bool) -> None:
        self.rows += 1
        self.warned += decision.row.accepted and any(p.level == WARNING for p in decision.row.problems)
        self.transfers += decision.transfer
        if decision.state == REJECTED:
            self.rejected += 1
            return
        self.accepted += 1
        if decision.state == NEW:
            self.created += 1
        elif decision.state == CHANGED or (decision.transfer and moves):
            self.updated += 1
        else:
            self.unchanged += 1

    def as_json(self) -> dict[str, int]:
        return asdict(self)


class Stage:
    """A staging table for one import: the kept one (screen), or one that lives for a transaction (command)."""

    def __init__(self, roster_id: UUID, *, kept: bool) -> None:
        self.roster_id = roster_id
        self.table = KEPT if kept else "roster_stage"
        self.kept = kept
        if not kept:
            with connection.cursor() as cursor:
                cursor.execute(
                    "CREATE TEMP TABLE IF NOT EXISTS roster_stage"
                    f" (LIKE {KEPT} INCLUDING DEFAULTS INCLUDING IDENTITY) ON COMMIT DROP"
                )

    def write(self, decisions: Iterable[Decision], *, moves: bool = False) -> Iterator[Decision]:
        """Copy decisions into the table in batches, handing each on; `moves` confirms transfers at once."""
        lines: list[str] = []
        for decision in decisions:
            lines.append(self._line(decision, moves))
            if len(lines) == BATCH:
                self._copy(lines)
                lines = []
            yield decision
        self._copy(lines)

    def _copy(self, lines: list[str]) -> None:
        if not lines:
            return
        with connection.cursor() as cursor:
            cursor.copy_expert(f"COPY {self.table} ({', '.join(COLUMNS)}) FROM STDIN", io.StringIO("".join(lines)))

    def _line(self, decision: Decision, moves: bool) -> str:
        row, facts = decision.row, decision.facts
        name = facts.get("name") or row.facts.get("name", "")
        writes = decision.state in (NEW, CHANGED) or decision.transfer
        age: tuple[Any, Any] = (None, "")
        if writes:
            reckoned = party_age.reckon(
                joined_on=facts["joined_on"],
                full_on=facts["full_on"],
                suspended_days=facts["suspended_days"],
                joined_precision=facts["joined_precision"],
            )
            age = (reckoned.counts_from, str(reckoned.basis))
        values = (
            self.roster_id,
            row.number,
            decision.state,
            json.dumps([p.as_json() | {"key": p.key} for p in row.problems], ensure_ascii=False)
            if row.problems
            else None,
            row.accepted and bool(row.problems),
            decision.transfer,
            decision.transfer and moves,
            "{" + ",".join(decision.changed) + "}" if decision.changed else None,
            self._cells(decision) if decision.state == REJECTED and self.kept else None,
            decision.seen_at,
            decision.member_id,
            row.organization_id,
            name,
            names.sort_name(name) if writes else "",
            names.search_vector(name) if writes else "",
            decision.id_sealed,
            decision.id_hash if decision.state == NEW else None,
            *age,
            *([facts[fact] for fact in FACTS] if writes else EMPTY_FACTS),
        )
        return "\t".join([WRITERS.get(type(value), str)(value) for value in values]) + "\n"

    def _cells(self, decision: Decision) -> bytes:
        text = json.dumps([_plain(cell) for cell in decision.row.cells], ensure_ascii=False)
        return crypto.seal(text, table=KEPT, pk=cells_key(self.roster_id, decision.row.number), field="cells")


def cells_key(roster_id: UUID, number: int) -> str:
    """What the cells of a rejected row are sealed for: its primary key is not known before it is written."""
    return f"{roster_id}:{number}"


def unseal_cells(row: RosterRow) -> list[Any]:
    """The cells of a rejected row as they stood in the sheet."""
    if row.cells is None:
        return []
    text = crypto.unseal(row.cells, table=KEPT, pk=cells_key(row.roster_id, row.number), field="cells")
    return [date.fromisoformat(cell["date"]) if isinstance(cell, dict) else cell for cell in json.loads(text)]


def _plain(cell: Any) -> Any:
    if isinstance(cell, datetime):
        return {"date": cell.date().isoformat()}
    if isinstance(cell, date):
        return {"date": cell.isoformat()}
    return cell if isinstance(cell, str | int | float | bool) else str(cell)


def _text(value: str) -> str:
    return value.translate(SPECIAL) if NEEDS_CARE.search(value) else value


# How values are written in the text format of `COPY`, by their exact type; others by `str`.
WRITERS: dict[type, Callable[[Any], str]] = {
    type(None): lambda value: "\\N",
    str: _text,
    bytes: lambda value: "\\\\x" + value.hex(),
    memoryview: lambda value: "\\\\x" + value.hex(),
    bool: lambda value: "t" if value else "f",
}


__all__ = ["CHANGED", "NEW", "REJECTED", "UNCHANGED", "Counts", "Stage", "unseal_cells"]
