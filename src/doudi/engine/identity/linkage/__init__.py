"""一人一次: records of one person found, by number or by everything else. Suggestions with evidence, never applied.

``repair`` suggests what a bad number was meant to be, ``same_number`` finds pairs by their numbers alone, ``probable``
by a model (``model``, ``chinese.yaml``) over the comparable form of the records that ``chinese`` makes.
"""

from doudi.engine.identity.linkage.chinese import COLUMNS, prepare
from doudi.engine.identity.linkage.model import Model, load_model
from doudi.engine.identity.linkage.probable import chinese_model, clusters, link, train
from doudi.engine.identity.linkage.repair import repair_suggestions
from doudi.engine.identity.linkage.same_number import same_number_pairs

__all__ = [
    "COLUMNS",
    "Model",
    "chinese_model",
    "clusters",
    "link",
    "load_model",
    "prepare",
    "repair_suggestions",
    "same_number_pairs",
    "train",
]
