"""Compares messages with their declared types. Tests use it; nothing is checked while the program runs."""

from collections.abc import Mapping, Sequence
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict


def mismatches(declared: Any, value: Any, path: str = "") -> list[str]:
    """Return where a value differs from a declared type, empty if nowhere.

    declared: a TypedDict, or what may be the type of one of its keys. path: where the value is, for the result.
    """
    if declared is Any:
        return []
    if is_typeddict(declared):
        return _map_mismatches(declared, value, path)
    origin, arguments = get_origin(declared), get_args(declared)
    if origin is Literal:
        return [] if value in arguments else [f"{path}: {value!r} is none of {arguments}"]
    if origin in (Union, UnionType):
        return min((mismatches(one, value, path) for one in arguments), key=len)
    if origin is None:
        return [] if _is_plain(declared, value) else [f"{path}: {type(value).__name__} instead of {declared.__name__}"]
    if issubclass(origin, Mapping):
        if not isinstance(value, Mapping):
            return [f"{path}: {type(value).__name__} instead of a map"]
        return [each for key, one in value.items() for each in mismatches(arguments[1], one, f"{path}[{key!r}]")]
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        return [f"{path}: {type(value).__name__} instead of a list"]
    # A tuple travels as a list.
    kinds = arguments if issubclass(origin, tuple) else arguments[:1] * len(value)
    if len(kinds) != len(value):
        return [f"{path}: {len(value)} values instead of {len(kinds)}"]
    pairs = enumerate(zip(kinds, value, strict=True))
    return [each for index, (kind, one) in pairs for each in mismatches(kind, one, f"{path}[{index}]")]


def _map_mismatches(declared: Any, value: Any, path: str) -> list[str]:
    if not isinstance(value, Mapping):
        return [f"{path}: {type(value).__name__} instead of {declared.__name__}"]
    hints = _hints(declared)
    found = [f"{path}.{key} is missing" for key in sorted(declared.__required_keys__ - value.keys())]
    found += [f"{path}.{key} is not declared" for key in sorted(value.keys() - hints.keys())]
    for key in hints.keys() & value.keys():
        found += mismatches(hints[key], value[key], f"{path}.{key}")
    return found


def _is_plain(declared: Any, value: Any) -> bool:
    if declared in (None, NoneType):
        return value is None
    if declared is float:
        return isinstance(value, float | int) and not isinstance(value, bool)
    return isinstance(value, declared) and (declared is bool or not isinstance(value, bool))


@cache
def _hints(declared: Any) -> dict[str, Any]:
    return get_type_hints(declared)
