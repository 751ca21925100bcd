"""Routes of linkage under linkage/."""

from django.urls import path

from doudi.apps.linkage import views

app_name = "linkage"
urlpatterns = [
    path("", views.suggestions, name="list"),
    path("run/", views.start, name="run"),
    path("run/batch/<int:batch_id>/", views.start_batch, name="run_batch"),
    path("<int:pk>/", views.suggestion, name="suggestion"),
]
