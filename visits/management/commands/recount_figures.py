from typing import Any

from django.core.management.base import BaseCommand, CommandError

from visits import tallies


class Command(BaseCommand):
    help = "Count duties, members and last actions anew and mend the kept figures that differ."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            mended = tallies.recount()
        except tallies.StillWritten as reason:
            raise CommandError(str(reason)) from reason
        if mended:
            found = f"{mended.sums} sums of duties, {mended.headcounts} headcounts, {mended.last_actions} last actions"
            self.stdout.write(f"Wrong and mended: {found}.")
        else:
            self.stdout.write("All kept figures are what counting gives.")
