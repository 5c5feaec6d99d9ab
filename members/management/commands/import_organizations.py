"""Take over organizations from a workbook: `./manage.py import_organizations FILE --json`."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from carehelp.lib.sheets import CannotRead
from members.errors import NotPossible
from members.roster.tree import import_organizations

ALL_ACCEPTED, SOME_REJECTED, CANNOT_READ = 0, 1, 2


class Command(BaseCommand):
    help = (
        "Take over organizations from an Excel workbook (exit status 0: all rows, 1: some rejected, 2: cannot be read)."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="check only, write nothing")
        parser.add_argument("--json", action="store_true", help="print one JSON object on standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            planned = import_organizations(options["file"], dry_run=options["dry_run"])
        except (CannotRead, NotPossible) as reason:
            self.stderr.write(str(reason))
            raise SystemExit(CANNOT_READ) from None
        if options["json"]:
            self.stdout.write(json.dumps(planned.as_json(), ensure_ascii=False))
        else:
            for row in planned.rows:
                for problem in row.problems:
                    self.stdout.write(f"{problem.row}\t{problem.column}\t{problem.code}\t{problem.message}")
            words = _(
                "%(rows)s rows: %(created)s new, %(updated)s changed, %(unchanged)s unchanged, %(rejected)s rejected."
            )
            self.stdout.write(words % planned.counts())
        if planned.count("rejected"):
            raise SystemExit(SOME_REJECTED)
