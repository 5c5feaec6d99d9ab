from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "carehelp.accounts"
