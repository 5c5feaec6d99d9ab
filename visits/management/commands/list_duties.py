import json
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from carehelp.lib import clock
from members.models import Organization
from visits.models import Duty
from visits.rules import catalogue


class Command(BaseCommand):
    help = "List the duties of an organization and everything below it that are open or overdue on a day."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organization", required=True, metavar="CODE")
        parser.add_argument("--on", type=date.fromisoformat, default=None, metavar="YYYY-MM-DD", help="default: today")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        on = options["on"] or clock.today()
        organization = Organization.objects.filter(code=options["organization"]).first()
        if organization is None:
            raise CommandError(f"There is no organization with the code {options['organization']}.")
        duties = Duty.objects.under(organization).standing_on(on).select_related("member", "organization")
        listed = [_facts(duty, on) for duty in duties.order_by("due", "organization__path", "id").iterator()]
        if options["json"]:
            content = {"organization": organization.code, "on": on.isoformat(), "duties": listed}
            self.stdout.write(json.dumps(content, ensure_ascii=False))
            return
        for duty in listed:
            words = (duty["opens"], duty["due"], duty["status"], catalogue.title_of(duty["rule"]), duty["member"])
            self.stdout.write("  ".join(filter(None, (*words, duty["branch"]))))


def _facts(duty: Duty, on: date) -> dict[str, Any]:
    return {
        "id": str(duty.pk),
        "rule": duty.rule_code,
        "article": duty.article,
        "member": duty.member.name if duty.member else None,
        "case": None,  # Cases have no duties yet.
        "branch": duty.organization.name,
        "branch_code": duty.organization.code,
        "period": duty.period,
        "opens": duty.opens.isoformat(),
        "due": duty.due.isoformat(),
        "grace_until": duty.grace_until.isoformat(),
        "status": "overdue" if duty.grace_until < on else "open",
    }
