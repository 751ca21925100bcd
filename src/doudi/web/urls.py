"""All routes. Each app brings its own."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import include, path

APPS = {
    "accounts": "",
    "statistics": "",
    "registry": "households/",
    "determination": "decisions/",
    "exchange": "feeds/",
    "monitoring": "alerts/",
    "casework": "",
    "audit": "audit/",
}

urlpatterns = [
    path(prefix, include(f"doudi.apps.{app}.urls")) for app, prefix in APPS.items() if find_spec(f"doudi.apps.{app}.urls")
]
if find_spec("doudi.web.api"):
    from doudi.web.api import api

    urlpatterns.append(path("api/v1/", api.urls))
