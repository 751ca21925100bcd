"""Routes of monitoring under alerts/ (the page of one alert is casework's)."""

from django.urls import path

from doudi.apps.monitoring import views

app_name = "monitoring"
urlpatterns = [
    path("", views.alerts, name="list"),
    path("runs/", views.runs, name="runs"),
    path("runs/<int:pk>/", views.run, name="run"),
    path("indicators/", views.indicators, name="indicators"),
]
