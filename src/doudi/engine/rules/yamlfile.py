"""YAML with line numbers and exact numbers: 1.5 becomes Decimal("1.5"), never a binary float."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

import yaml

from doudi.engine.errors import InputError

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Lines(dict[tuple[object, ...], int]):
    """Path of keys → line number (from 1), for messages."""

    def near(self, *path: object) -> int:
        """The line of ``path`` or of its closest parent."""
        for size in range(len(path), -1, -1):
            if path[:size] in self:
                return self[path[:size]]
        return 1


def parse_yaml(text: str, where: str) -> tuple[Any, Lines]:
    """The document and the line of every value. Raises InputError for broken YAML and for a key written twice."""
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        lines = Lines()
        return (None if node is None else _build(node, (), lines, loader, where)), lines
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{where}:{mark.line + 1}" if mark else where
        raise InputError(f"not valid YAML: {getattr(error, 'problem', error)}", where=place) from None
    finally:
        loader.dispose()


def _build(node: Any, path: tuple[object, ...], lines: Lines, loader: Any, where: str) -> Any:
    line = node.start_mark.line + 1
    lines[path] = line
    if isinstance(node, yaml.MappingNode):
        result: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = _scalar(key_node, loader)
            if key in result:
                raise InputError(
                    f"{key} is written twice", where=f"{where}:{key_node.start_mark.line + 1}", hint="keep one of them"
                )
            result[key] = _build(value_node, (*path, key), lines, loader, where)
            lines[(*path, key)] = key_node.start_mark.line + 1
        return result
    if isinstance(node, yaml.SequenceNode):
        return [_build(item, (*path, index), lines, loader, where) for index, item in enumerate(node.value)]
    return _scalar(node, loader)


def _scalar(node: Any, loader: Any) -> Any:
    if node.tag == "tag:yaml.org,2002:float":
        try:
            return Decimal(node.value.replace("_", ""))
        except InvalidOperation:
            return node.value
    return loader.construct_object(node)
