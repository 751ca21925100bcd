from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "doudi.apps.accounts"
    label = "accounts"
