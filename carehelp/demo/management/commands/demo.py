import os
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.utils import translation

from carehelp.demo import accounts, seeding, terminal
from carehelp.lib import clock


class Command(BaseCommand):
    help = "Run the product in this terminal with demo data: web server, worker and beat."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demo does not run in production mode.")
        try:
            port = terminal.port()
            members = _members()
            call_command("migrate", verbosity=0)
            if not seeding.is_seeded():
                self.stdout.write(f"Making up a county with {members:,} members (once) …")
                seeding.seed(members, seed=1, today=clock.today(), say=self.stdout.write)
            accounts.renew_password()
            with translation.override(settings.LANGUAGE_CODE):
                # The connection is not held open: nothing here needs it while the programs run.
                status = terminal.run(port)
        except (terminal.CannotStart, seeding.CannotSeed) as reason:
            raise CommandError(str(reason)) from reason
        finally:
            connections.close_all()
        if status:
            raise SystemExit(status)


def _members() -> int:
    given = os.environ.get("DEMO_MEMBERS") or "6000"
    if not given.isdecimal():
        raise terminal.CannotStart(f"DEMO_MEMBERS must be a number, not {given!r}.")
    return int(given)
