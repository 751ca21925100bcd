"""Indicators: SQL files of the catalogue over the registry and the departments' feeds, giving signals with evidence."""

from doudi.engine.indicators.catalogue import Indicator, Measure, Threshold, load_indicators, readers
from doudi.engine.indicators.classes import AlertClass, load_alert_classes, supervision_label
from doudi.engine.indicators.explanation import explain, figures
from doudi.engine.indicators.parameters import ParameterSource
from doudi.engine.indicators.runner import RunResult, run
from doudi.engine.indicators.signals import Signal

__all__ = [
    "AlertClass",
    "Indicator",
    "Measure",
    "ParameterSource",
    "RunResult",
    "Signal",
    "Threshold",
    "explain",
    "figures",
    "load_alert_classes",
    "load_indicators",
    "readers",
    "run",
    "supervision_label",
]
