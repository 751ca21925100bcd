from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "doudi.apps.audit"
    label = "audit"
