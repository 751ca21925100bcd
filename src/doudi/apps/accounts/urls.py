"""Routes at the root."""

from django.urls import path

from doudi.apps.accounts import views

app_name = "accounts"
urlpatterns = [
    path("login/", views.login, name="login"),
    path("logout/", views.logout, name="logout"),
    path("password/", views.password, name="password"),
    path("users/", views.users, name="users"),
    path("users/new/", views.user_new, name="user_new"),
    path("users/<int:user_id>/", views.user, name="user"),
    path("users/<int:user_id>/<slug:step>/", views.user_step, name="user_step"),
    path("users/<int:user_id>/grants/<int:grant_id>/revoke/", views.revoke, name="revoke"),
    path("units/", views.units, name="units"),
    path("units/new/", views.unit_new, name="unit_new"),
]
