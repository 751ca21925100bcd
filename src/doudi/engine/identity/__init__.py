"""Citizens' identity numbers: check, convert, and turn into keyed tokens.

``numbers`` and ``tokens`` serve one number or a Python list; ``bulk`` gives the same answers in DuckDB SQL for columns.
"""

from doudi.engine.identity.numbers import REASONS, IdNumber, check_digit, check_id_number
from doudi.engine.identity.tokens import Tokeniser

__all__ = ["REASONS", "IdNumber", "Tokeniser", "check_digit", "check_id_number"]
