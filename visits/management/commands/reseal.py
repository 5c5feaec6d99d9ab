from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from carehelp.lib.resealing import reseal_rows
from visits import photos


class Command(BaseCommand):
    help = "Seal with the current key what an older key or cipher sealed: rows, their history, photos."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="only look: how much is outdated, does all of it open")

    def handle(self, *args: Any, **options: Any) -> None:
        write = not options["check"]
        for what, result in (("values", reseal_rows(write=write)), ("photos", photos.reseal(write=write))):
            done = "sealed anew" if write else "to be sealed anew"
            self.stdout.write(f"{what}: {result.looked_at} looked at, {result.outdated} {done}")
            for broken in result.broken[:20]:
                self.stderr.write(f"does not open: {broken}")
            if result.broken:
                raise SystemExit(1)
