"""Routes of monitoring under alerts/ (the page of one alert is casework's)."""

from django.urls import path

from doudi.apps.monitoring.views import alerts, indicators, queue, runs, statistics, supervision

app_name = "monitoring"
urlpatterns = [
    path("", alerts.alerts, name="list"),
    path("queue/", queue.queue, name="queue"),
    path("statistics/", statistics.statistics, name="statistics"),
    path("runs/", runs.runs, name="runs"),
    path("runs/<int:pk>/", runs.run, name="run"),
    path("indicators/", indicators.indicators, name="indicators"),
    path("indicators/<slug:code>/", indicators.indicator, name="indicator"),
    path("settings/<int:pk>/", indicators.setting, name="setting"),
    path("settings/<int:pk>/<slug:event>/", indicators.setting_step, name="setting_step"),
    path("supervision/", supervision.supervision, name="supervision"),
    path("supervision/<int:pk>/", supervision.item, name="supervision_item"),
    path("supervision/<int:pk>/<slug:event>/", supervision.step, name="supervision_step"),
]
