"""All routes. Each app brings its own."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import include, path

from doudi.web import push, views
from doudi.web.api import api

APPS = {
    "accounts": "",
    "divisions": "divisions/",
    "statistics": "",
    "casework": "",
    "registry": "households/",
    "determination": "decisions/",
    "policy": "policy/",
    "exchange": "feeds/",
    "linkage": "linkage/",
    "monitoring": "alerts/",
    "inspection": "inspection/",
    "audit": "audit/",
}

urlpatterns = [
    path(prefix, include(f"doudi.apps.{app}.urls"))
    for app, prefix in APPS.items()
    if find_spec(f"doudi.apps.{app}.urls")
]
urlpatterns += [path("api/v1/health", views.health, name="health"), path("api/v1/", api.urls)]
urlpatterns += [path("api/push/v1/", push.urls)]

handler404 = "doudi.web.views.not_found"
handler403 = "doudi.web.views.refused"
handler500 = "doudi.web.views.failed"
