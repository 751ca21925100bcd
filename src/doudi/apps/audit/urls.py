"""Routes below ``audit/``."""

from django.urls import path

from doudi.apps.audit import views

app_name = "audit"
urlpatterns = [path("", views.log, name="log")]
