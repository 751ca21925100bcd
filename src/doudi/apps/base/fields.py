"""Sealed attributes: a binary column behind a plain Python attribute."""

from __future__ import annotations

from typing import Any

from doudi.apps.base.crypto import keys


class Sealed:
    """``id_number = Sealed("id_number_sealed")`` reads and writes the sealed column of a model with a ``uid``.

    Bound to table, column and the row's ``uid``: a value moved elsewhere does not open.
    """

    def __init__(self, column: str) -> None:
        self.column = column

    def _bound_to(self, row: Any) -> str:
        return f"{row._meta.db_table}.{self.column}:{row.uid}"

    def __get__(self, row: Any, owner: type | None = None) -> Any:
        if row is None:
            return self
        blob = getattr(row, self.column)
        return keys().open(bytes(blob), bound_to=self._bound_to(row)) if blob else ""

    def __set__(self, row: Any, text: str | None) -> None:
        setattr(row, self.column, keys().seal(text, bound_to=self._bound_to(row)) if text else None)
