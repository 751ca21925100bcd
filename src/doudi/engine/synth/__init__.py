"""A sample county that looks real: registry, departments' feeds, and cases whose indicators are known beforehand.

``make_county`` makes it in memory (plain dataclasses of ``model``); ``write_county`` writes what ``doudi monitor``
reads.
"""

from doudi.engine.synth.county import make_county
from doudi.engine.synth.model import County, Village
from doudi.engine.synth.places import DEFAULT_COUNTY, villages_of
from doudi.engine.synth.write import write_county

__all__ = ["DEFAULT_COUNTY", "County", "Village", "make_county", "villages_of", "write_county"]
