from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from carehelp.demo import seeding
from carehelp.lib import clock


class Command(BaseCommand):
    help = "Fill a fresh database with a made-up county (or, for many members, a province)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--members", type=int, default=6000, help="how many members (default 6000)")
        parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same people (default 1)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            seeding.seed(options["members"], seed=options["seed"], today=clock.today(), say=self.stdout.write)
        except seeding.CannotSeed as reason:
            raise CommandError(str(reason)) from reason
