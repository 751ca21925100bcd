"""Routes of casework, at the root: the alert's page, visits, phone pages, referrals, conferences, applications."""

from django.urls import path

from doudi.apps.casework.views import alerts, matters, referrals, visits

app_name = "casework"
urlpatterns = [
    path("alerts/<int:pk>/", alerts.alert, name="alert"),
    path("alerts/<int:pk>/<slug:step>/", alerts.alert_step, name="alert_step"),
    path("visits/", visits.visits, name="visits"),
    path("visits/<int:pk>/", visits.visit, name="visit"),
    path("m/", visits.m_home, name="m_home"),
    path("m/done/", visits.m_done, name="m_done"),
    path("m/visits/<int:pk>/", visits.m_visit, name="m_visit"),
    path("m/visits/<int:pk>/record/", visits.m_record, name="m_record"),
    path("referrals/", referrals.referrals, name="referrals"),
    path("referrals/<int:pk>/", referrals.referral, name="referral"),
    path("referrals/<int:pk>/<slug:step>/", referrals.referral_step, name="referral_step"),
    path("conferences/", matters.conferences, name="conferences"),
    path("conferences/<int:pk>/", matters.conference, name="conference"),
    path("conferences/<int:pk>/<slug:step>/", matters.conference_step, name="conference_step"),
    path("applications/", matters.applications, name="applications"),
    path("applications/<int:pk>/", matters.application, name="application"),
    path("applications/<int:pk>/<slug:step>/", matters.application_step, name="application_step"),
]
