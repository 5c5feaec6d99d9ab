"""Take over a roster from a workbook: `./manage.py import_roster FILE --organization CODE [--dry-run] --json`."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from carehelp.lib import clock
from carehelp.lib.sheets import CannotRead
from members.errors import ChangedMeanwhile
from members.models import Organization
from members.roster.direct import Outcome, import_roster

ALL_ACCEPTED, SOME_REJECTED, CANNOT_READ = 0, 1, 2


class Command(BaseCommand):
    help = "Take over a roster from an Excel workbook (exit status 0: all rows, 1: some rejected, 2: cannot be read)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--organization", required=True, metavar="CODE", help="the roster is about its subtree")
        parser.add_argument("--dry-run", action="store_true", help="check and compare only, write nothing")
        parser.add_argument("--apply-transfers", action="store_true", help="move people who stand in another branch")
        parser.add_argument(
            "--sheet", default="", help="name of the sheet (default: the one that looks most like a roster)"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object on standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        organization = Organization.objects.filter(code=options["organization"]).first()
        if organization is None:
            self._give_up(_("There is no organization with the code %(code)s.") % {"code": options["organization"]})
        try:
            outcome = import_roster(
                options["file"],
                organization,
                today=clock.today(),
                now=clock.now(),
                apply_transfers=options["apply_transfers"],
                dry_run=options["dry_run"],
                sheet=options["sheet"],
            )
        except (CannotRead, ChangedMeanwhile) as reason:
            self._give_up(str(reason))
        self._print(outcome, as_json=options["json"])
        if outcome.counts.rejected:
            raise SystemExit(SOME_REJECTED)

    def _give_up(self, sentence: str) -> NoReturn:
        self.stderr.write(sentence)
        raise SystemExit(CANNOT_READ)

    def _print(self, outcome: Outcome, *, as_json: bool) -> None:
        if outcome.other_sheets:
            message = _("These sheets were left aside: %(sheets)s.") % {"sheets": "、".join(outcome.other_sheets)}
            self.stderr.write(message)
        if as_json:
            self.stdout.write(json.dumps(outcome.as_json(), ensure_ascii=False))
            return
        for problem in outcome.problems:
            self.stdout.write(f"{problem.row}\t{problem.column}\t{problem.level}\t{problem.code}\t{problem.message}")
        counts = outcome.counts
        self.stdout.write(
            _("%(rows)s rows: %(created)s new, %(updated)s changed, %(unchanged)s unchanged, %(rejected)s rejected.")
            % counts.as_json()
        )
