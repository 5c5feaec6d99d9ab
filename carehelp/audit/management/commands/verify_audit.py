from typing import Any

from django.core.management.base import BaseCommand

from carehelp.audit import trail


class Command(BaseCommand):
    help = "Check the chain of audit events; exit status 1 and the first broken row when it does not hold."

    def handle(self, *args: Any, **options: Any) -> None:
        verdict = trail.verify()
        if verdict.intact:
            self.stdout.write(f"intact: {verdict.checked} events")
            return
        self.stderr.write(
            f"broken at event {verdict.broken_id}: {verdict.fault} ({verdict.checked} events before it hold)"
        )
        raise SystemExit(1)
