from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "carehelp.accounts"

    def ready(self) -> None:
        from carehelp.accounts import sign_ins  # noqa: F401 (connects its receivers)
