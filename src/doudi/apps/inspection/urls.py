"""Routes of inspections: random inspections, the year's screening, key groups, and what visits found."""

from django.urls import path

from doudi.apps.inspection.views import campaigns, draws, findings, key_groups

app_name = "inspection"
urlpatterns = [
    path("draws/", draws.draws, name="draws"),
    path("draws/<int:pk>/", draws.draw, name="draw"),
    path("draws/<int:pk>/verify/", draws.verify, name="verify"),
    path("draws/<int:pk>/frame/", draws.frame, name="frame"),
    path("draws/<int:pk>/report/", draws.report, name="report"),
    path("findings/", findings.findings, name="findings"),
    path("findings/<int:pk>/", findings.finding, name="finding"),
    path("screenings/", campaigns.campaigns, name="campaigns"),
    path("screenings/<int:pk>/", campaigns.campaign, name="campaign"),
    path("screenings/<int:pk>/import/", campaigns.import_results, name="import"),
    path("screenings/<int:pk>/list/", campaigns.left_file, name="left_file"),
    path("screenings/entries/<int:pk>/", campaigns.entry, name="entry"),
    path("key-groups/", key_groups.key_groups, name="key_groups"),
    path("key-groups/refresh/", key_groups.refresh, name="key_groups_refresh"),
]
