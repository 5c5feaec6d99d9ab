import os
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from carehelp.lib import clock
from carehelp.lib.pdf import PdfFailed
from carehelp.reports import catalogue, making
from carehelp.reports.periods import Period
from members.models import Member, Organization


class Command(BaseCommand):
    help = "Write a report (duty-ledger, care-record) for the year of a day up to that day; .pdf or .xlsx."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="duty-ledger or care-record")
        parser.add_argument("--organization", required=True, metavar="CODE", help="code of the organization")
        parser.add_argument("--on", required=True, type=date.fromisoformat, metavar="YYYY-MM-DD")
        parser.add_argument("--output", required=True, type=Path, metavar="FILE", help="ends in .pdf or .xlsx")
        parser.add_argument("--member", type=UUID, metavar="ID", help="for care-record: the person")

    def handle(self, *args: Any, **options: Any) -> None:
        wish = self._wish(options)
        output: Path = options["output"]
        _check_writable(output)
        try:
            outcome = making.make(wish, output, by=None, today=options["on"], now=clock.now())
        except (making.NotPossible, PdfFailed) as reason:
            raise CommandError(str(reason), returncode=2) from None
        except OSError as fault:
            raise CommandError(f"{output} cannot be written: {fault.strerror}.", returncode=2) from None
        self.stdout.write(f"{output}: {outcome.rows} rows, {outcome.pages} pages")

    def _wish(self, options: dict[str, Any]) -> making.Wish:
        try:
            report = catalogue.report(options["name"])
        except catalogue.UnknownReport:
            known = ", ".join(entry.name for entry in catalogue.REPORTS)
            raise CommandError(f"There is no report {options['name']}; there are: {known}.", returncode=2) from None
        form = options["output"].suffix.removeprefix(".").lower()
        if form not in catalogue.FORMATS:
            raise CommandError("The name of the output file must end in .pdf or .xlsx.", returncode=2)
        organization = Organization.objects.filter(code=options["organization"]).first()
        if organization is None:
            raise CommandError(f"There is no organization with the code {options['organization']}.", returncode=2)
        member_id = _member(options["member"], organization) if report.is_about_person else None
        day: date = options["on"]
        return making.Wish(report, organization.pk, member_id, Period(date(day.year, 1, 1), day), form)


def _member(member_id: UUID | None, organization: Organization) -> UUID:
    if member_id is None:
        raise CommandError("care-record is about one person: name them with --member ID.", returncode=2)
    if not Member.objects.under(organization).filter(pk=member_id).exists():
        raise CommandError("There is no such person in this organization.", returncode=2)
    return member_id


def _check_writable(output: Path) -> None:
    """Say it before the work, not after; nothing is left behind by the question."""
    folder = output.absolute().parent
    if not folder.is_dir() or output.is_dir() or not os.access(output if output.exists() else folder, os.W_OK):
        raise CommandError(f"{output} cannot be written.", returncode=2)
