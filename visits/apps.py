from django.apps import AppConfig
from django.core.checks import register


class VisitsConfig(AppConfig):
    name = "visits"

    def ready(self) -> None:
        from visits import checks, listeners

        register(checks.check_rules)
        listeners.listen()
