"""Routes below ``decisions/``."""

from django.urls import path

from doudi.apps.determination import views

app_name = "determination"
urlpatterns = [
    path("", views.decisions, name="decisions"),
    path("<int:decision_id>/", views.decision, name="decision"),
    path("<int:decision_id>/notice/", views.notice, name="notice"),
    path("compute/<int:household_id>/", views.compute, name="compute"),
]
