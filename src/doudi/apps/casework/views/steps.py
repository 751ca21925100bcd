"""Pages with steps: what an officer may do next is a table of named steps, each a form and a service."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from doudi.apps.accounts.models import User
from doudi.apps.base.errors import Invalid, NotFound
from doudi.apps.casework.forms import StepForm


@dataclass(frozen=True)
class Step:
    """``make(actor, row, **form arguments)`` builds the form, ``do(actor, row, form)`` calls the service."""

    label: str
    button: str
    make: Callable[..., StepForm]
    do: Callable[[User, Any, StepForm], Any]
    done: str
    explains: str = ""


def plain(form: type[StepForm]) -> Callable[..., StepForm]:
    """A form that needs nothing of the row."""
    return lambda actor, row, **arguments: form(**arguments)


@dataclass(frozen=True)
class Shown:
    """A step on the page: its name in the address, what it is called there, its form, open or folded."""

    name: str
    label: str
    step: Step
    form: StepForm
    url: str
    open: bool


def run_step(
    request: HttpRequest,
    *,
    row: Any,
    name: str,
    steps: Mapping[str, Step],
    page: str,
    show: Callable[[dict[str, StepForm]], HttpResponse],
) -> HttpResponse:
    """Carry out the posted step and go back to the page; with a mistake show the page again, all input kept (422).

    A step that the row's state no longer allows is left to the service: sent twice, it must have the effect of once.
    """
    step = steps.get(name)
    if step is None:
        raise NotFound()
    form = step.make(request.user, row, data=request.POST, auto_id=f"{name}-%s")
    if not attempt(form, lambda: step.do(request.user, row, form)):  # type: ignore[arg-type]
        response = show({name: form})
        response.status_code = 422
        return response
    messages.success(request, step.done)
    return redirect(reverse(page, args=[row.pk]))


def attempt(form: Any, do: Callable[[], Any]) -> bool:
    """Whether the form is sound and the service accepted it; what it refused stands beside the field it names."""
    if not form.is_valid():
        return False
    try:
        do()
    except Invalid as error:
        names = (error.where, f"{error.where}_id", f"{error.where}_ids", f"{error.where.removesuffix('s')}_id")
        field = next((one for one in names if one in form.fields), None)
        form.add_error(field, f"{error.what}。{error.hint}" if error.hint else error.what)
        return False
    return True


def shown_steps(
    request: HttpRequest,
    *,
    row: Any,
    names: list[str],
    steps: Mapping[str, Step],
    page: str,
    bound: Mapping[str, StepForm],
    version: int,
) -> list[Shown]:
    """The forms of the named steps; the one that was sent wrongly is open, else the first."""
    listed = list(dict.fromkeys([*bound, *names]))
    return [
        Shown(
            name=name,
            label=steps[name].label,
            step=steps[name],
            form=bound.get(name)
            or steps[name].make(request.user, row, initial={"version": version}, auto_id=f"{name}-%s"),
            url=reverse(page, args=[row.pk, name]),
            open=name in bound if bound else index == 0,
        )
        for index, name in enumerate(listed)
    ]


def page_of(request: HttpRequest, template: str, **context: Any) -> HttpResponse:
    return render(request, template, context)
