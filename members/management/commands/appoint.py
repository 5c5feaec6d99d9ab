from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from carehelp.lib import clock
from members import accounts, appointments
from members.errors import NotPossible
from members.models import Organization
from members.roles import Role


class Command(BaseCommand):
    help = "Appoint somebody from the shell, making the account if there is none: how the first administrators begin."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("role", choices=Role.values)
        parser.add_argument("organization", help="code of the organization")
        parser.add_argument("--name", default="", help="the person's name, for a new account")
        parser.add_argument("--until", type=date.fromisoformat, help="last day, YYYY-MM-DD")

    def handle(self, *args: Any, **options: Any) -> None:
        today = clock.today()
        place = Organization.objects.filter(code=options["organization"]).first()
        if place is None:
            raise CommandError(f"No organization has the code {options['organization']}.")
        try:
            with transaction.atomic():
                account, password = accounts.active(options["username"]), ""
                if account is None:
                    account, password = accounts.create(
                        username=options["username"], display_name=options["name"], by=None
                    )
                appointments.appoint(
                    account,
                    organization=place,
                    role=options["role"],
                    starts=today,
                    ends=options["until"],
                    by=None,
                    today=today,
                )
        except NotPossible as reason:
            raise CommandError(str(reason)) from reason
        self.stdout.write(f"{account.username}: {options['role']} at {place.code}")
        if password:
            self.stdout.write(f"One-time password: {password}")
