"""Routes of exchange under feeds/."""

from django.urls import path

from doudi.apps.exchange import views

app_name = "exchange"
urlpatterns = [
    path("", views.feeds, name="feeds"),
    path("deliver/", views.deliver, name="deliver"),
    path("batches/", views.batches, name="batches"),
    path("batches/<int:pk>/", views.batch, name="batch"),
    path("batches/<int:pk>/receipt/", views.receipt, name="receipt"),
    path("batches/<int:pk>/quarantine/", views.quarantine, name="quarantine"),
    path("batches/<int:pk>/quarantine/file/", views.quarantine_file, name="quarantine_file"),
]
