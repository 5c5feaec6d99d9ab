"""Making a report: rows through the one door, the file, and the evidence that it was made."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils.translation import gettext as _

from carehelp.audit import trail
from carehelp.audit.models import AuditEvent
from carehelp.reports import care_record, duty_ledger, printing, sheets
from carehelp.reports.catalogue import CARE_RECORD, DUTY_LEDGER, Report
from carehelp.reports.periods import Period
from members.models import Member, Organization
from members.roles import EXPORT

if TYPE_CHECKING:
    from carehelp.accounts.models import User

MOST_ON_PAPER = 30_000  # Rows; some eleven hundred sheets, more than anybody binds.
MOST_IN_WORKBOOK = 1_000_000  # Rows that a sheet of Excel can hold, its head left aside.
Progress = Callable[[int, int], None]


class NotPossible(ValueError):
    """The report cannot be made as asked; the message says what to choose instead."""


@dataclass(frozen=True)
class Wish:
    """What somebody asked for: a report about an organization or a person, for a period, in a format."""

    report: Report
    organization_id: int | None
    member_id: UUID | None
    period: Period
    format: str  # A key of `catalogue.FORMATS`.


@dataclass(frozen=True)
class Outcome:
    """What came of it: rows in the file, pages (0 for a workbook), and the name to download it as."""

    rows: int
    pages: int
    file_name: str


def make(
    wish: Wish, output: Path, *, by: "User | None", today: date, now: datetime, progress: Progress | None = None
) -> Outcome:
    """Write the report into `output` and note the export on the evidence chain; without the note there is no file.

    `by` None means a command of the system, which sees everything and is recorded as such.  Raises `NotPossible`
    (out of scope, too many rows), `pdf.PdfTooLarge` and `pdf.PdfFailed`.
    """
    made = printing.Made(by=str(by) if by else _("the system"), at=now)
    if wish.report == CARE_RECORD:
        outcome, organization_id = _make_record(wish, output, made, by, today, progress)
    else:
        outcome, organization_id = _make_ledger(wish, output, made, by, today, progress)
    try:
        trail.record(
            AuditEvent.Verb.EXPORTED,
            by=by,
            target=f"report:{wish.report.name}",
            organization_id=organization_id,
            person_id=wish.member_id or "",
            format=wish.format,
            first=wish.period.first.isoformat(),
            last=wish.period.last.isoformat(),
            rows=outcome.rows,
            system=by is None,
        )
    except BaseException:
        output.unlink(missing_ok=True)
        raise
    return outcome


def _make_ledger(
    wish: Wish, output: Path, made: printing.Made, by: "User | None", today: date, progress: Progress | None
) -> tuple[Outcome, int]:
    rows = Organization.objects.visible_to(by, EXPORT) if by else Organization.objects.all()
    organization = _only(rows, wish.organization_id)
    ledger = duty_ledger.gather(organization, wish.period, by=by, today=today)
    _check_size(ledger.count, wish.format)
    title, pages = str(DUTY_LEDGER.title), 0
    if wish.format == "pdf":
        printed = printing.print_ledger(ledger, title=title, made=made, output=output, progress=progress)
        pages, count = printed.pages, ledger.count
    else:
        count = sheets.write_ledger(ledger, title=title, made=made, output=output)
    return Outcome(count, pages, _file_name(title, organization.name, wish)), organization.pk


def _make_record(
    wish: Wish, output: Path, made: printing.Made, by: "User | None", today: date, progress: Progress | None
) -> tuple[Outcome, int]:
    rows = Member.objects.visible_to(by, EXPORT) if by else Member.objects.all()
    member = _only(rows.select_related("organization"), wish.member_id)
    record = care_record.gather(member, wish.period, by=by, today=today)
    title, pages = str(CARE_RECORD.title), 0
    if wish.format == "pdf":
        printed = printing.print_record(record, title=title, made=made, output=output, progress=progress)
        pages = printed.pages
    else:
        sheets.write_record(record, title=title, made=made, output=output)
    return Outcome(record.count, pages, _file_name(title, member.name, wish)), member.organization_id


def _only(rows: Any, pk: Any) -> Any:
    found = rows.filter(pk=pk).first()
    if found is None:
        raise NotPossible(_("It does not exist, or it is not in your area of responsibility."))
    return found


def _check_size(rows: int, form: str) -> None:
    most = MOST_ON_PAPER if form == "pdf" else MOST_IN_WORKBOOK
    if rows > most:
        raise NotPossible(
            _("This report would have %(rows)s rows, more than the %(most)s that fit. ")
            % {"rows": f"{rows:,}", "most": f"{most:,}"}
            + (
                _("Choose Excel, a shorter period or a smaller organization.")
                if form == "pdf"
                else _("Choose a shorter period or a smaller organization.")
            )
        )


def _file_name(title: str, subject: str, wish: Wish) -> str:
    """Characters that no file system minds, the subject first of what can be cut."""
    plain = "".join(character for character in subject if character.isalnum() or character in "-_（）")[:60]
    return f"{title}-{plain}-{wish.period.first:%Y%m%d}-{wish.period.last:%Y%m%d}.{wish.format}"
