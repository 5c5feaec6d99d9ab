import json
import sys
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from carehelp.lib import clock
from visits.planner import PlanOutcome, plan


class Command(BaseCommand):
    help = "Give the duties whose windows opened through a day.  Exit status 1 when a rule could not be planned."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--on", type=date.fromisoformat, default=None, metavar="YYYY-MM-DD", help="default: today")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        outcome = plan(options["on"] or clock.today())
        self.stdout.write(_as_json(outcome) if options["json"] else _as_words(outcome))
        if outcome.failed:
            sys.exit(1)


def _as_json(outcome: PlanOutcome) -> str:
    through = outcome.planned_through
    content = {
        "on": outcome.on.isoformat(),
        "planned_through": through.isoformat() if through else None,
        "created": outcome.created,
        "reopened": outcome.reopened,
        "voided": outcome.voided,
        "moved": outcome.moved,
        "rules": [vars(rule) for rule in outcome.rules],
        "failed": outcome.failed,
    }
    return json.dumps(content, ensure_ascii=False)


def _as_words(outcome: PlanOutcome) -> str:
    lines = [
        _("%(day)s: %(created)s created, %(reopened)s reopened, %(voided)s void, %(moved)s moved.")
        % {
            "day": outcome.on.isoformat(),
            "created": outcome.created,
            "reopened": outcome.reopened,
            "voided": outcome.voided,
            "moved": outcome.moved,
        }
    ]
    lines += [f"{rule.code}: {rule.failed}" for rule in outcome.rules if rule.failed]
    return "\n".join(lines)
