"""Dated facts: a later one supersedes, nothing is overwritten."""

from __future__ import annotations

import datetime as dt
from typing import Any, TypeVar

from django.db import models, transaction

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import require
from doudi.apps.base import clock
from doudi.apps.base.errors import Invalid
from doudi.apps.base.history import named
from doudi.apps.registry.models import Fact, HouseholdFact, PersonFact, Source
from doudi.apps.registry.services.access import WRITE, household_for_write, require_person_reach

F = TypeVar("F", bound=Fact)
SEALED = ("disease", "card_no")


@transaction.atomic
def fact_record(
    *,
    actor: User | None,
    fact: type[F],
    subject_id: int,
    as_of: dt.date,
    source: Source | str,
    source_ref: str = "",
    **values: Any,
) -> F:
    """Record what is true of a person or household (``subject_id``) as of a date, with where it was learnt.

    ``fact`` is one of the fact models (``Income``, ``Health``, ``House`` …), ``values`` its own fields in clear; a
    disease's name or a card's number is sealed on the way. The same statement again (same source, reference and date)
    returns the row that exists. :class:`Invalid` for a date to come or negative money.
    """
    if as_of > clock.today():
        raise Invalid("截至日期晚于今天", where="as_of", hint="请填写资料实际截至的日期")
    for field in fact._meta.fields:
        value = values.get(field.name)
        may_be_negative = not isinstance(field, models.DecimalField) or field.name.endswith("_net")
        if value is not None and not may_be_negative and value < 0:
            raise Invalid(f"{field.verbose_name}不能为负数", where=field.name, hint="请核对金额")
    if issubclass(fact, HouseholdFact):
        household_for_write(actor, subject_id, WRITE)
        owner = {"household_id": subject_id}
    elif issubclass(fact, PersonFact):
        if actor is not None:
            require(actor, WRITE)
        require_person_reach(actor, subject_id)
        owner = {"person_id": subject_id}
    else:
        raise TypeError(f"{fact.__name__} is not a kind of fact")
    sealed = {name: values.pop(name) for name in SEALED if name in values}
    row = fact(**owner, as_of=as_of, source=source, source_ref=source_ref, **values)
    same = {**owner, "as_of": as_of, "source": source, "source_ref": source_ref, **values}
    manager: models.Manager[F] = fact._default_manager  # type: ignore[assignment]
    if source_ref and (existing := manager.filter(**same).order_by("-id").first()):
        return existing
    for name, value in sealed.items():
        setattr(row, name, value)
    with named(actor, "fact.record"):
        row.save(force_insert=True)
    return row
