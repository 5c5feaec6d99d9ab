"""A roster taken over in one go: checked, compared and written in one transaction (the command)."""

from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from carehelp.audit.models import AuditEvent
from carehelp.audit.trail import record
from carehelp.lib.ids import uuid7
from carehelp.lib.sheets import CannotRead
from members.models import Organization
from members.roster import applying
from members.roster.branches import Branches
from members.roster.matching import Matcher
from members.roster.reading import Table, find_table
from members.roster.rows import Checker, Problem
from members.roster.staging import Counts, Stage

if TYPE_CHECKING:
    from carehelp.accounts.models import User

IMPORT_LOCK = 0x696D706F  # One import after the other: two at once would enrol a person twice and one would fail.


@dataclass
class Outcome:
    """Counts, the problems of all rows in the order of the sheet, and sheets that were left aside."""

    counts: Counts = field(default_factory=Counts)
    problems: list[Problem] = field(default_factory=list)
    other_sheets: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        counts = self.counts
        return {
            "rows": counts.rows,
            "accepted": counts.accepted,
            "created": counts.created,
            "updated": counts.updated,
            "unchanged": counts.unchanged,
            "rejected": counts.rejected,
            "problems": [problem.as_json() for problem in self.problems],
        }


def import_roster(
    path: Path,
    organization: Organization,
    *,
    today: date,
    now: datetime,
    by: "User | None" = None,
    apply_transfers: bool = False,
    dry_run: bool = False,
    sheet: str = "",
) -> Outcome:
    """Take a roster over for the subtree of `organization`; all of its acceptable rows, or after a fault none.

    Raises `CannotRead` when the file is no roster, `ChangedMeanwhile` when somebody else wrote at the same time.
    """
    table = find_table(path, sheet=sheet)
    outcome = Outcome(other_sheets=table.others)
    with transaction.atomic():
        wait_for_other_imports()
        matcher = matcher_for(table, organization, [organization.path], today)
        decisions = matcher.decide(table.rows())
        if not dry_run:
            stage = Stage(uuid7(), kept=False)
            decisions = stage.write(decisions, moves=apply_transfers)
        for decision in decisions:
            outcome.counts.add(decision, moves=apply_transfers)
            outcome.problems += decision.row.problems
        if not outcome.counts.rows:
            raise CannotRead(_("The sheet has a header but no rows below it."))
        if not dry_run:
            applying.apply(stage, by=by, today=today, now=now)
            record_import("roster:command", organization, outcome.counts, by=by)
    return outcome


def matcher_for(table: Table, organization: Organization, scope: list[str], today: date) -> Matcher:
    """What decides the rows of a table; raises `CannotRead` when the sheet lacks a column that every row needs."""
    branches = Branches(organization)
    missing = table.layout.missing(needs_branch=branches.default is None)
    if missing:
        raise CannotRead(
            _("The sheet has no column for %(columns)s: please add it and send the workbook again.")
            % {"columns": "、".join(missing)}
        )
    return Matcher(Checker(table.layout, branches, today), scope, today)


def record_import(target: str, organization: Organization, counts: Counts, *, by: "User | None") -> None:
    """Evidence of an import: how many, never who."""
    detail: dict[str, Any] = counts.as_json()
    record(AuditEvent.Verb.IMPORTED, by=by, target=target, organization_id=organization.pk, **detail)


def wait_for_other_imports() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [IMPORT_LOCK])
