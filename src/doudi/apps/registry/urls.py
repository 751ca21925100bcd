"""Routes below ``households/``."""

from django.urls import path

from doudi.apps.registry import views

app_name = "registry"
urlpatterns = [
    path("", views.household_list, name="list"),
    path("search/", views.search, name="search"),
    path("<int:household_id>/", views.household, name="household"),
    path("persons/<int:person_id>/reveal/<slug:field>/", views.reveal, name="reveal"),
]
