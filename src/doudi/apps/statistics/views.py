"""The workbench: what waits, how things stand, how fresh the data are."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from doudi.apps.accounts.scope import may, scope_of
from doudi.apps.base import clock
from doudi.apps.divisions.queries import division_names
from doudi.apps.statistics import queries

_WEEKDAYS = "一二三四五六日"
# until hour → greeting
_GREETINGS = ((5, "夜深了"), (11, "上午好"), (13, "中午好"), (18, "下午好"), (24, "晚上好"))


@require_GET
def workbench(request: HttpRequest) -> HttpResponse:
    actor = request.user
    if scope_of(actor).roles == {"VIL_ASSIST"}:
        return redirect("casework:m_home")
    now = timezone.localtime(clock.now())
    todo = queries.todo(actor)
    register = queries.register_chart(actor)
    for item in register["items"]:
        item["url"] = _list("registry:list", category=item.pop("code"), register="ACTIVE")
    return render(
        request,
        "statistics/workbench.html",
        {
            "greeting": next(words for hour, words in _GREETINGS if now.hour < hour),
            "today": f"{now.year} 年 {now.month} 月 {now.day} 日 星期{_WEEKDAYS[now.weekday()]}",
            "overdue": sum(one.due_on is not None and one.due_on < now.date() for one in todo),
            "counts": queries.menu_counters(actor),
            "figures": queries.figures(actor),
            "todo": todo,
            "villages": division_names({one.village_code for one in todo if one.village_code}),
            "register": register,
            "trend": queries.trend_chart(actor) if may(actor, "alert.list") else None,
            "punctuality": queries.punctuality(actor),
            "feeds": queries.feed_lights(actor),
        },
    )


def _list(name: str, **query: str) -> str:
    return f"{reverse(name)}?{urlencode(query)}"
