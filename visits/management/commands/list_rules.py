import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from visits.rules import catalogue
from visits.rules.rule import Rule


class Command(BaseCommand):
    help = "List the rules: code, article, title, whether in force, and the whole rule in one sentence."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["json"]:
            content = {"rules": [_facts(rule) for rule in catalogue.rules()]}
            self.stdout.write(json.dumps(content, ensure_ascii=False))
            return
        for rule in catalogue.rules():
            self.stdout.write(f"{rule.article:<5} {rule.code:<20} {rule.title}\n      {rule.sentence()}")


def _facts(rule: Rule) -> dict[str, Any]:
    return {
        "code": rule.code,
        "article": rule.article,
        "title": rule.title,
        "in_force": rule.in_force,
        "sentence": rule.sentence(),
        "fulfilled_by": list(rule.fulfilled_by),
        "fingerprint": rule.fingerprint,
    }
