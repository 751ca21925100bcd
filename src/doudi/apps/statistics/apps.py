from django.apps import AppConfig


class StatisticsConfig(AppConfig):
    name = "doudi.apps.statistics"
    label = "statistics"
