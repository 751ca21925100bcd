"""Routes below ``decisions/``."""

from django.urls import path

from doudi.apps.determination import arrears_views, views

app_name = "determination"
urlpatterns = [
    path("", views.decisions, name="decisions"),
    path("arrears/", arrears_views.arrears_lists, name="arrears_lists"),
    path("arrears/compute/<int:change_id>/", arrears_views.compute, name="arrears_compute"),
    path("arrears/<int:pk>/", arrears_views.arrears, name="arrears"),
    path("arrears/<int:pk>/workbook/", arrears_views.workbook, name="arrears_workbook"),
    path("<int:decision_id>/", views.decision, name="decision"),
    path("<int:decision_id>/notice/", views.notice, name="notice"),
    path("compute/<int:household_id>/", views.compute, name="compute"),
]
