from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "carehelp.audit"

    def ready(self) -> None:
        from carehelp.audit import listeners  # noqa: F401 (connects its receivers)
