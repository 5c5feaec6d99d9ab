from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "carehelp.reports"

    def ready(self) -> None:
        from carehelp.jobs import work
        from carehelp.reports import evidence, wishes

        work.register(wishes.KIND, wishes.make_report)
        work.register(evidence.KIND, evidence.verify_chain)
