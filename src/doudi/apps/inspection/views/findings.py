"""Pages of what visits without an alert found, and the office's answer."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from doudi.apps.accounts.scope import may
from doudi.apps.audit.models import Action
from doudi.apps.audit.services import record
from doudi.apps.casework.views.steps import attempt
from doudi.apps.inspection import queries, services
from doudi.apps.inspection.forms import FollowUpForm
from doudi.apps.inspection.views.common import posted, shown_households


@require_GET
def findings(request: HttpRequest) -> HttpResponse:
    done = request.GET.get("done") == "1"
    page = queries.finding_list(actor=request.user, done=done, cursor=request.GET.get("cursor"))
    context = {"page": page, "done": done, "households": shown_households(request, page.rows)}
    return render(request, "inspection/findings.html", context)


@require_http_methods(["GET", "POST"])
def finding(request: HttpRequest, pk: int) -> HttpResponse:
    task = queries.finding_get(actor=request.user, task_id=pk)
    answer = getattr(task, "follow_up", None)
    form = FollowUpForm(posted(request)) if may(request.user, "inspection.manage") and not answer else None
    if request.method == "POST":
        sent = form or FollowUpForm(request.POST)
        if attempt(sent, lambda: services.follow_up(actor=request.user, task_id=pk, **sent.cleaned_data)):
            messages.success(request, "处理情况已记录。")
            return redirect("inspection:finding", pk)
    else:
        record(Action.READ, actor=request.user, object_type="visit", object_id=pk, household_id=task.household_id)
    context = {
        "task": task,
        "answer": answer,
        "form": form,
        "household": shown_households(request, [task])[task.household_id],
    }
    return render(request, "inspection/finding.html", context, status=422 if request.method == "POST" else 200)
