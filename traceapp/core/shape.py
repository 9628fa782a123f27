"""Whether a value read from JSON has the types its class declares: what rules and pages may rely on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")
Fits = Callable[[Any], bool]


def require_shape(value: T) -> T:
    """`value`, a frozen dataclass; TypeError names the first field, at any depth, that holds another type.

    A bool is no number. An int may stand where a float is declared, as JSON writes 3.0 as 3.
    """
    for name, kind, fits in _fields_of(type(value)):  # type: ignore[arg-type]  # mypy takes no class for hashable
        if not fits(getattr(value, name)):
            raise TypeError(f"{name} is {str(getattr(value, name))[:80]!r}, not {kind}")
    return value


def as_tuple(value: Any) -> tuple[Any, ...]:
    """A JSON array; TypeError for anything else, text above all, which is a sequence too."""
    if not isinstance(value, list):
        raise TypeError(f"{str(value)[:80]!r} is no list")
    return tuple(value)


@cache
def _fields_of(kind: type) -> tuple[tuple[str, str, Fits], ...]:
    hints = get_type_hints(kind)
    return tuple((field.name, str(field.type), _fits(hints[field.name])) for field in fields(kind))


def _fits(hint: Any) -> Fits:
    """The question whether a value is of the annotated type."""
    inner = get_args(hint)
    if hint is Any:
        return lambda value: True
    if isinstance(hint, UnionType):
        choices = [_fits(one) for one in inner]
        return lambda value: any(fits(value) for fits in choices)
    if get_origin(hint) is tuple:
        each = _fits(inner[0])
        return lambda value: type(value) is tuple and all(map(each, value))
    if get_origin(hint) is Mapping:
        return lambda value: isinstance(value, Mapping)
    if hint is float:
        return lambda value: type(value) in (float, int)
    if is_dataclass(hint):
        return lambda value: (
            type(value) is hint
            and all(
                fits(getattr(value, name))
                for name, _, fits in _fields_of(hint)  # type: ignore[arg-type]
            )
        )
    return lambda value: isinstance(value, hint) and (hint is bool or type(value) is not bool)
