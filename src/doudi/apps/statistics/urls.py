"""The workbench at the root."""

from django.urls import path

from doudi.apps.statistics import views

app_name = "statistics"
urlpatterns = [path("", views.workbench, name="workbench")]
