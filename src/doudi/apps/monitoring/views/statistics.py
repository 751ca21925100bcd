"""Alert statistics: a chart and tables by division, class and indicator, down to the village; their workbook."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from doudi.apps.audit.models import Action
from doudi.apps.audit.services import record
from doudi.apps.base import clock
from doudi.apps.divisions import queries as divisions
from doudi.apps.monitoring import queries
from doudi.apps.monitoring.queries.statistics import DAYS, Figures, Statistics
from doudi.apps.monitoring.views.common import class_labels, workbook
from doudi.engine.indicators import load_indicators

_HEADINGS = ("预警", "未办结", "已超期", "应核查", "按期核查", "按期率", "已核查", "属实", "属实率")


@require_GET
def statistics(request: HttpRequest) -> HttpResponse:
    """The alerts of a division in numbers; its parts lead down, ``export`` gives the workbook."""
    actor = request.user
    given = request.GET.get("days", "")
    days = int(given) if given in {str(one) for one in DAYS} else DAYS[2]
    division = request.GET.get("division", "")
    found = queries.alert_statistics(actor=actor, division=division if division.isdecimal() else "", days=days)
    names = divisions.division_names({row.key for row in found.divisions} | {found.division})
    labels = {
        "divisions": names,
        "classes": class_labels(actor),
        "indicators": {code: f"{code} {one.title}" for code, one in load_indicators().items()},
    }
    if request.GET.get("export"):
        record(Action.EXPORT, actor=actor, object_type="alert", object_id=f"statistics:{found.division}")
        return _workbook(found, labels)
    context = {
        "found": found,
        "labels": labels,
        "path": divisions.division_path(found.division) if found.division else "",
        "tabs": [
            (f"近 {one} 天", f"?{urlencode({'division': division, 'days': one})}", one == days, None) for one in DAYS
        ],
        "chart": _chart(found, names),
    }
    return render(request, "monitoring/statistics.html", context)


def _chart(found: Statistics, names: Mapping[str, str]) -> dict[str, object]:
    """The divisions below by open and closed alerts; each leads to its own statistics, a village to its alerts."""
    rows = [row for row in found.divisions if row.key][:20]
    page = reverse("monitoring:statistics" if found.leads_down else "monitoring:list")
    extra = {"days": found.days} if found.leads_down else {}
    return {
        "unit": "件",
        "axis": "地区",
        "categories": [names.get(row.key, row.key) for row in rows],
        "series": [
            {"name": "未超期未办结", "values": [row.open - row.overdue for row in rows], "colour": "orange"},
            {"name": "已超期", "values": [row.overdue for row in rows], "colour": "red"},
            {"name": "已办结", "values": [row.opened - row.open for row in rows], "colour": "green"},
        ],
        "urls": [f"{page}?{urlencode({'division': row.key, **extra})}" for row in rows],
    }


def _workbook(found: Statistics, labels: Mapping[str, Mapping[str, str]]) -> HttpResponse:
    def fill(book: Any) -> None:
        percent = book.add_format({"num_format": "0.0%"})
        for sheet, heading, kind, rows in (
            ("按地区", "地区", "divisions", found.divisions),
            ("按类别", "类别", "classes", found.classes),
            ("按指标", "指标", "indicators", found.indicators),
        ):
            page = book.add_worksheet(sheet)
            page.set_column(0, 0, 30)
            page.write_row(0, 0, (heading, *_HEADINGS))
            for number, row in enumerate((*rows, found.total), 1):
                name = "合计" if row is found.total else labels[kind].get(row.key, row.key or "（未定位到本级）")
                page.write_string(number, 0, name)
                for place, value in enumerate(_cells(row), 1):
                    page.write(number, place, value, percent if isinstance(value, float) else None)

    return workbook(f"预警统计_{found.division}_{clock.today():%Y%m%d}.xlsx", fill)


def _cells(row: Figures) -> tuple[int | float | str, ...]:
    rates = ["—" if rate is None else float(rate) for rate in (row.on_time_rate, row.hit_rate)]
    return (row.opened, row.open, row.overdue, row.due, row.on_time, rates[0], row.checked, row.hits, rates[1])
