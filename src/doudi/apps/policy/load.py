"""The local standards of a county that is loaded as a whole."""

from __future__ import annotations

from doudi.apps.policy.services import StandardRow, standards_import
from doudi.apps.registry.load import Loaded
from doudi.engine.synth.model import County


def load(county: County, loaded: Loaded) -> dict[str, int]:
    """The county's standards as sample values: no document publishes them, and pages say so."""
    rows = [
        StandardRow(parameter, division, area or "", valid_from, value)
        for parameter, division, area, valid_from, value in county.standards
    ]
    return {"local_standards": standards_import(actor=None, rows=rows, is_sample=True)}
