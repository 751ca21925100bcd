"""Pages of packs: the list, one pack, one parameter through time, two packs side by side, the locality's numbers."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from doudi.apps.accounts.roles import DEPARTMENTS
from doudi.apps.accounts.scope import may, require
from doudi.apps.base import clock
from doudi.apps.base.errors import NotFound
from doudi.apps.policy import packs as shown
from doudi.apps.policy import queries
from doudi.apps.policy.packs import pack_named
from doudi.apps.policy.queries import InForce
from doudi.apps.policy.states import CHANGE
from doudi.apps.policy.values import AREA_LABELS, in_words
from doudi.engine.rules import load_pack
from doudi.engine.rules.diff import compare as compare_packs
from doudi.engine.rules.diff import short_name

TABS = {"parameters": "参数", "rules": "规则", "items": "救助项目", "clauses": "条款原文", "cases": "例证"}


@require_GET
def packs(request: HttpRequest) -> HttpResponse:
    """Every pack, and the choice of two to lay side by side."""
    require(request.user, "standards.read")
    rows = shown.pack_rows(_own(request))
    context = {"rows": rows, "division": _own(request), "other": rows[1].pack.name if len(rows) > 1 else ""}
    return render(request, "policy/packs.html", context)


@require_GET
def pack(request: HttpRequest, name: str) -> HttpResponse:
    """One pack by tab. Numbers are those of the actor's county where the pack applies there."""
    require(request.user, "standards.read")
    found, today = pack_named(name), clock.today()
    wanted, q = request.GET.get("tab", ""), request.GET.get("q", "").strip()[:40]
    tab = wanted if wanted in TABS else "parameters"
    here = queries.pack_for(_own(request)) == name
    context = {
        "pack": found,
        "short": short_name(found),
        "parents": [load_pack(one) for one in found.lineage[1:]],
        "tab": tab,
        "tabs": [(label, f"?tab={code}", code == tab, None) for code, label in TABS.items()],
        "here": here,
        "q": q,
        "may_draft": here and may(request.user, "policy.draft"),
        "departments": DEPARTMENTS,
        "categories": shown.CATEGORIES,
    }
    if tab == "parameters":
        local = queries.in_force(_own(request), today, pack=name) if here else InForce()
        context["rows"] = shown.parameter_rows(found, local, today, _own(request), q)
    elif tab == "rules":
        context["rows"] = shown.rule_rows(found, q)
    elif tab == "items":
        context["rows"] = shown.item_rows(found)
    elif tab == "clauses":
        context["rows"] = [(cite, clause) for cite, clause in found.clauses.items() if q in clause.text or q in cite]
    else:
        context["rows"] = shown.case_rows(found)
    return render(request, "policy/pack.html", context)


@require_GET
def parameter(request: HttpRequest, name: str, parameter: str) -> HttpResponse:
    """One parameter through time: documents, local numbers, changes under way."""
    actor = request.user
    require(actor, "standards.read")
    found, today, own = pack_named(name), clock.today(), _own(request)
    one = found.parameters.get(parameter)
    if one is None:
        raise NotFound("该政策文件包没有这个参数。")
    here = queries.pack_for(own) == name
    local = queries.in_force(own, today, pack=name) if here else InForce()
    context = {
        "pack": found,
        "parameter": one,
        "now": shown.parameter_row(found, one, local, today, own),
        "documents": shown.document_values(found, parameter),
        "rows": [
            (row, in_words(found, one, row.value), _standing(row.valid_from, today))
            for row in (queries.rows_of_parameter(actor, own, parameter) if here else ())
        ],
        "changes": [
            (change, in_words(found, one, change.value))
            for change in (queries.changes_of_parameter(actor, own, parameter) if here else ())
        ],
        "areas": AREA_LABELS,
        "process": CHANGE,
        "may_draft": here and may(actor, "policy.draft"),
        "used_by": [rule.label for rule in found.rules.values() if rule.expr and parameter in rule.expr.split()],
    }
    return render(request, "policy/parameter.html", context)


@require_GET
def compare(request: HttpRequest) -> HttpResponse:
    """Two packs side by side, by topic."""
    require(request.user, "standards.read")
    a, b = (pack_named(request.GET.get(side, "")) for side in ("a", "b"))
    sections = compare_packs(a, b)
    context = {
        "a": a,
        "b": b,
        "names": (short_name(a), short_name(b)),
        "sections": sections,
        "same": sum(section.same for section in sections),
        "different": sum(len(section.lines) for section in sections),
        "packs": shown.pack_rows(_own(request)),
    }
    return render(request, "policy/compare.html", context)


@require_GET
def standards(request: HttpRequest) -> HttpResponse:
    """The locality's own numbers today, and those that the pack leaves to it and nobody has given."""
    actor, today, own = request.user, clock.today(), _own(request)
    require(actor, "standards.read")
    found = load_pack(queries.pack_for(own))
    local = queries.in_force(own, today, pack=found.name)
    context = {
        "pack": found,
        "division": own,
        "rows": [(row, found.parameters[row.parameter], in_words(found, found.parameters[row.parameter], row.value))
                 for row in local.rows],
        "gaps": queries.gaps(found, local, today, own),
        "areas": AREA_LABELS,
        "may_draft": may(actor, "policy.draft"),
    }  # fmt: skip
    return render(request, "policy/standards.html", context)


def _own(request: HttpRequest) -> str:
    return queries.county_of(request.user.unit.division_id)  # type: ignore[union-attr]


def _standing(start: dt.date, today: dt.date) -> str:
    return "未到起始日期" if start > today else ""
