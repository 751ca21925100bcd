"""The rule engine: policy packs, determination of one household with explanation, and of many in SQL.

>>> pack = load_pack("anyang")
>>> determine([document], pack, date(2025, 3, 1), standards={"dibao_standard": {"urban": 800, "rural": 600}})
"""

from doudi.engine.rules.decide import determine
from doudi.engine.rules.household import read_documents, read_household
from doudi.engine.rules.loader import check_pack, load_pack, pack_names
from doudi.engine.rules.pack import Pack, Parameter, Rule
from doudi.engine.rules.parameters import Values, parameter_value, parse_override, read_standards

__all__ = [
    "Pack",
    "Parameter",
    "Rule",
    "Values",
    "check_pack",
    "determine",
    "load_pack",
    "pack_names",
    "parameter_value",
    "parse_override",
    "read_documents",
    "read_household",
    "read_standards",
]
