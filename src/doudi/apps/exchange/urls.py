"""Routes of exchange under feeds/."""

from django.urls import path

from doudi.apps.exchange import heading_views, key_views, views

app_name = "exchange"
urlpatterns = [
    path("", views.feeds, name="feeds"),
    path("deliver/", views.deliver, name="deliver"),
    path("batches/", views.batches, name="batches"),
    path("batches/<int:pk>/", views.batch, name="batch"),
    path("batches/<int:pk>/difference/", views.difference, name="difference"),
    path("batches/<int:pk>/accept/", views.accept, name="accept"),
    path("batches/<int:pk>/discard/", views.discard, name="discard"),
    path("batches/<int:pk>/receipt/", views.receipt, name="receipt"),
    path("batches/<int:pk>/quarantine/", views.quarantine, name="quarantine"),
    path("batches/<int:pk>/quarantine/file/", views.quarantine_file, name="quarantine_file"),
    path("batches/<int:pk>/headings/", heading_views.headings, name="headings"),
    path("headings/", heading_views.rules, name="heading_rules"),
    path("headings/<int:pk>/forget/", heading_views.forget, name="heading_forget"),
    path("keys/", key_views.keys, name="keys"),
    path("keys/new/", key_views.key_new, name="key_new"),
    path("keys/<int:pk>/revoke/", key_views.revoke, name="key_revoke"),
]
