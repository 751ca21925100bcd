"""What officers type as the value of a parameter, what it may be, and how it reads."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from doudi.apps.base.errors import Invalid
from doudi.engine.errors import InputError
from doudi.engine.rules import Pack, Parameter, Values, load_pack, pack_names
from doudi.engine.rules.wording import codes, value_in_words

BACK_TO_DOCUMENT = "恢复文件规定"
AREA_LABELS = {"urban": "城市", "rural": "农村", "": "城乡统一"}
_PLACES = {"money": 2, "ratio": 4, "number": 0}
_BOOLS = {"true": True, "false": False}


def read_value(pack: Pack, parameter: Parameter, text: str) -> Any:
    """The value as it is stored (numbers as decimal text) from what was typed; :class:`Invalid` says what to write."""
    typed = unicodedata.normalize("NFKC", text).strip()
    if not typed:
        raise _wrong("没有填写数值", f"请填写{parameter.label}")
    value: Any
    if parameter.kind == "bool":
        if typed not in _BOOLS:
            raise _wrong("取值不对", "请选择是或否")
        value = _BOOLS[typed]
    elif parameter.kind in ("list", "text"):
        items = [_item(parameter, part.strip()) for part in typed.replace("、", ",").split(",") if part.strip()]
        value = items if parameter.kind == "list" else items[0]
    else:
        value = _number(parameter, typed)
        _within_limits(parameter, Decimal(value))
    as_engine(pack, parameter, value)
    return value


def as_engine(pack: Pack, parameter: Parameter, value: Any) -> Any:
    """A stored value as the rule engine reckons with it; :class:`Invalid` if it is none."""
    try:
        return Values(pack, dt.date.max, overrides={parameter.name: value}).at(None, "urban")[parameter.name]
    except InputError as error:
        raise _wrong(f"“{value}”不能作为{parameter.label}的取值", "请核对后重新填写") from error


def in_words(pack: Pack, parameter: Parameter, value: Any) -> str:
    """A stored value with its unit; None is the document's own number."""
    return BACK_TO_DOCUMENT if value is None else value_in_words(parameter, as_engine(pack, parameter, value))


@cache
def options(name: str) -> Mapping[Any, str]:
    """What a text or list parameter (of a list: each item) may be, in words: whatever a pack gives it."""
    found: dict[Any, str] = {}
    for pack in map(load_pack, pack_names()):
        parameter = pack.parameters.get(name)
        for dated in parameter.values if parameter else ():
            for item in dated.value if isinstance(dated.value, tuple) else (dated.value,):
                if isinstance(item, str):
                    found.setdefault(item, codes().get(item, item))
    return found


@cache
def limits() -> Mapping[str, Mapping[str, Any]]:
    """``limits.yaml``."""
    text = Path(__file__).with_name("limits.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))


def _item(parameter: Parameter, text: str) -> Any:
    known = options(parameter.name)
    if known and text not in known:
        listed = "、".join(f"{label}（{code}）" if label != code else code for code, label in known.items())
        raise _wrong(f"平台不认识“{text}”", f"可以填写：{listed}")
    return int(text) if not known and text.isdigit() else text


def _number(parameter: Parameter, text: str) -> str:
    percent = text.endswith("%") and parameter.kind == "ratio"
    try:
        number = Decimal(text.rstrip("%").replace(",", "").strip())
        number = number / 100 if percent else number
        places = -int(number.normalize().as_tuple().exponent)
    except (InvalidOperation, ValueError):  # no number, or none that ends
        raise _wrong(f"“{text}”不是数字", f"单位是{parameter.unit}" if parameter.unit else "请填写数字") from None
    if number < 0:
        raise _wrong("数值不能小于 0", "请核对后重新填写")
    if places > _PLACES[parameter.kind]:
        raise _wrong(f"小数不能超过 {_PLACES[parameter.kind]} 位", "请核对后重新填写")
    if parameter.kind == "ratio" and number > 1 and parameter.unit != "倍":
        shown = format(number, "f")
        raise _wrong("比例不能超过 1", f"百分之 {shown} 请填写为 {shown}% 或 {format(number / 100, 'f')}")
    return format(number, "f")


def _within_limits(parameter: Parameter, number: Decimal) -> None:
    limit = limits().get(parameter.name)
    if limit and not Decimal(str(limit["least"])) <= number <= Decimal(str(limit["most"])):
        raise _wrong(
            f"{parameter.label}须在 {limit['least']} 至 {limit['most']} {parameter.unit}之间",
            f"{limit['why']}（{limit['cite']}）",
        )


def _wrong(what: str, hint: str) -> Invalid:
    return Invalid(what, where="value", hint=hint)
