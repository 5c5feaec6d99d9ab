from django.apps import AppConfig


class MembersConfig(AppConfig):
    name = "members"

    def ready(self) -> None:
        from carehelp.audit import scope
        from members import evidence
        from members.roster import intake

        scope.register(organizations=evidence.organizations_of, accounts=evidence.accounts_of)
        intake.register()
