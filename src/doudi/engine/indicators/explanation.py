"""A signal's figures as JSON, and the Chinese sentence that explains it."""

from __future__ import annotations

import json
import string
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from doudi.engine.indicators.catalogue import Indicator, Measure


def explain(indicator: Indicator, measures: Mapping[str, Any] | str) -> str:
    """The sentence that officers read, for example 近12个月政策范围内自付 48,620.00 元 ≥ 家庭年收入 79,300.00 元 ×
        50%.

    ``measures`` is a signal's ``measures``, decoded or as JSON text. The first template whose figures are all
    there is used.
    """
    shown = _shown(indicator, measures)
    for template in indicator.templates:
        wanted = {name for _, name, _, _ in string.Formatter().parse(template) if name}
        if wanted <= shown.keys():
            return template.format_map(shown)
    return "；".join(f"{indicator.measures[name].label} {text}" for name, text in shown.items())


def figures(indicator: Indicator, measures: Mapping[str, Any] | str) -> list[tuple[str, str]]:
    """A signal's figures as a page lists them: (label, value with unit), in the indicator's order."""
    return [(indicator.measures[name].label, text) for name, text in _shown(indicator, measures).items()]


def _shown(indicator: Indicator, measures: Mapping[str, Any] | str) -> dict[str, str]:
    given: Mapping[str, Any] = json.loads(measures) if isinstance(measures, str) else measures
    return {
        name: _text(measure, given[name])
        for name, measure in indicator.measures.items()
        # A flag that does not hold and an empty list say nothing; a count of 0 does.
        if (value := given.get(name)) is not None and value is not False and value != []
    }


def _text(measure: Measure, value: Any) -> str:
    match measure.type:
        case "money":
            return f"{Decimal(str(value)):,.2f} 元"
        case "percent":
            return f"{(Decimal(str(value)) * 100).normalize():f}%"
        case "integer":
            return f"{value} {measure.unit}".rstrip()
        case "code":
            return measure.codes.get(str(value), str(value))
        case "codes":
            return "、".join(measure.codes.get(code, code) for code in value)
        case "flag":
            return measure.label
        case _:
            return str(value)
