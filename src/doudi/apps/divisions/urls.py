"""Routes below ``divisions/``."""

from django.urls import path

from doudi.apps.divisions import views

app_name = "divisions"
urlpatterns = [path("", views.tree, name="tree"), path("grids/", views.grid_new, name="grid_new")]
