"""Routes below ``policy/``."""

from django.urls import path

from doudi.apps.policy.views import changes, packs, simulations

app_name = "policy"
urlpatterns = [
    path("", packs.packs, name="packs"),
    path("compare/", packs.compare, name="compare"),
    path("standards/", packs.standards, name="standards"),
    path("packs/<slug:name>/", packs.pack, name="pack"),
    path("packs/<slug:name>/<slug:parameter>/", packs.parameter, name="parameter"),
    path("changes/", changes.changes, name="changes"),
    path("changes/new/<slug:parameter>/", changes.new, name="change_new"),
    path("changes/<int:pk>/", changes.change, name="change"),
    path("changes/<int:pk>/edit/", changes.edit, name="change_edit"),
    path("changes/<int:pk>/<slug:event>/", changes.step, name="change_step"),
    path("changes/<int:pk>/trial/households/", changes.moves, name="change_moves"),
    path("simulations/", simulations.simulations, name="simulations"),
    path("simulations/new/", simulations.new, name="simulation_new"),
    path("simulations/<int:pk>/", simulations.simulation, name="simulation"),
    path("simulations/<int:pk>/workbook/", simulations.workbook, name="simulation_workbook"),
]
