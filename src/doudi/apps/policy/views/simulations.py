"""Pages of policy simulation: cases on the register, as tables, charts and a workbook."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_http_methods

from doudi.apps.accounts.scope import require
from doudi.apps.audit.models import Action
from doudi.apps.audit.services import record
from doudi.apps.base import clock
from doudi.apps.base.errors import Invalid, NotFound, Refused
from doudi.apps.base.idempotency import once
from doudi.apps.divisions import queries as divisions
from doudi.apps.policy import queries, services
from doudi.apps.policy.forms import SimulationForm
from doudi.apps.policy.models import Simulation
from doudi.apps.policy.values import AREA_LABELS, in_words
from doudi.engine.rules import load_pack
from doudi.engine.rules.items import item_name
from doudi.engine.rules.schema import CODES
from doudi.engine.simulate.outputs import GROUPS

STATES = {"QUEUED": "grey", "RUNNING": "blue", "DONE": "green", "FAILED": "red"}
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_GET
def simulations(request: HttpRequest) -> HttpResponse:
    """The simulations of the actor's divisions, newest first."""
    page = queries.simulation_list(request.user, request.GET.get("cursor"))
    return render(request, "policy/simulations.html", {"page": page, "colours": STATES})


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Cases to be tried on the register."""
    actor = request.user
    require(actor, "policy.simulate")
    places = [(code, divisions.division_name(code)) for code in queries.divisions_of(actor, "policy.simulate")]
    if not places:
        raise Refused("您的岗位没有可以模拟的地区。")
    pack = load_pack(queries.pack_for(request.POST.get("division") or places[0][0]))
    initial = {"as_of": clock.today(), "parameter_1_1": request.GET.get("parameter", "")}
    form = SimulationForm(request.POST or None, pack=pack, divisions=places, initial=initial)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data

        def do() -> int:
            return services.simulation_request(
                actor=actor,
                division=values["division"],
                title=values["title"],
                cases=form.cases(),
                as_of=values["as_of"],
            ).pk

        try:
            pk, _ = once(values["idempotency_key"], actor=actor, action="policy.simulate", do=do)
        except Invalid as error:
            form.add_error(None, f"{error.what}，{error.hint}")
        else:
            return redirect("policy:simulation", pk)
    context = {"form": form, "pack": pack}
    return render(request, "policy/simulation_new.html", context, status=422 if form.errors else 200)


@require_GET
def simulation(request: HttpRequest, pk: int) -> HttpResponse:
    """One simulation: before and after by category, money, moves, divisions and groups."""
    found = queries.simulation_get(request.user, pk)
    if found.change_id is not None:
        return redirect("policy:change", found.change_id)
    pack = load_pack(found.pack)
    context: dict[str, Any] = {
        "simulation": found,
        "pack": pack,
        "colours": STATES,
        "codes": CODES,
        "groups": GROUPS,
        "item_name": item_name,
        "cases": [
            (
                case["name"],
                [
                    (
                        pack.parameters[one["parameter"]].label,
                        AREA_LABELS[one["area"]],
                        in_words(pack, pack.parameters[one["parameter"]], one["value"]),
                    )
                    for one in case["values"]
                    if one["parameter"] in pack.parameters
                ],
            )
            for case in found.scenarios
        ],
    }
    if found.report:
        context |= _charts(found.report)
        context["names"] = divisions.division_names(
            part["key"].ljust(12, "0") for case in found.report["scenarios"] for part in case["by"].get("division", ())
        )
    return render(request, "policy/simulation.html", context)


@require_GET
def workbook(request: HttpRequest, pk: int) -> HttpResponse:
    """The result as a workbook; logged as an export."""
    found: Simulation = queries.simulation_get(request.user, pk)
    content = queries.workbook_of(found)
    if content is None:
        raise NotFound("模拟还没有完成，没有可以下载的结果。")
    record(Action.EXPORT, actor=request.user, object_type="simulation", object_id=pk, county_code=found.division)
    response = HttpResponse(content, content_type=_TYPE)
    name = f"政策模拟-{found.title}-{found.as_of:%Y%m%d}.xlsx"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


def _charts(report: dict[str, Any]) -> dict[str, Any]:
    """Households by category and monthly cost, 现行 beside every case."""
    scenarios = report["scenarios"]
    categories = list(dict.fromkeys(row["category"] for case in scenarios for row in case["categories"]))

    def households(case: dict[str, Any], side: str) -> list[int]:
        counted = {row["category"]: row["households"][side] for row in case["categories"]}
        return [counted.get(category, 0) for category in categories]

    shown = [category for category in categories if category != "NOT_LOW_INCOME"]
    places = [categories.index(category) for category in shown]
    series = [("现行", households(scenarios[0], "before")), *((s["name"], households(s, "after")) for s in scenarios)]
    return {
        "by_category": {
            "unit": "户",
            "axis": "类别",
            "categories": [CODES.get(category, category) for category in shown],
            "series": [{"name": name, "values": [values[place] for place in places]} for name, values in series],
        },
        "cost": {
            "unit": "元",
            "axis": "方案",
            "whole": False,
            "categories": ["现行", *(case["name"] for case in scenarios)],
            "series": [
                {
                    "name": "每月支出",
                    "values": [
                        float(scenarios[0]["monthly"]["before"]),
                        *(float(case["monthly"]["after"]) for case in scenarios),
                    ],
                }
            ],
        },
    }
