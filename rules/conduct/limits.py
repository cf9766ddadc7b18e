"""Kinds of parameter that size and risk rules share: quantities, symbols by pattern, limits.

A pattern is a symbol, or text with one ``*`` that stands for anything. Where several patterns of a
map fit, the symbol itself comes first, then the pattern with the most letters, then the first by
the alphabet: a map has no order.

>>> names = ("MES*", "M*")
>>> best(names, "MESH5"), best(names, "MGCJ5"), best(names, "ES")
('MES*', 'M*', None)
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import PlainValidator, WithJsonSchema, model_validator

from rules.conduct.common import ConductParams
from rules.params import PositiveMoney, Share, require_one
from schemas.errors import BadValue, InputError, quoted
from schemas.fields import DECIMAL_PATTERN
from schemas.readers import amount_from_zero, clean_text, positive_amount

_NUMBER = {"type": "string", "pattern": DECIMAL_PATTERN}
_TEXT = {"type": "string", "minLength": 1, "maxLength": 64}

Quantity = Annotated[Decimal, PlainValidator(amount_from_zero), WithJsonSchema(_NUMBER)]
"""A size from 0 on, at most 8 decimals."""
Factor = Annotated[Decimal, PlainValidator(positive_amount), WithJsonSchema(_NUMBER)]
"""A number above 0, at most 8 decimals: ``2`` is twice."""


def covers(pattern: str, symbol: str) -> bool:
    """Tell whether a pattern fits a symbol."""
    head, star, tail = pattern.partition("*")
    if not star:
        return pattern == symbol
    room = len(symbol) - len(head) - len(tail)
    return room >= 0 and symbol.startswith(head) and symbol.endswith(tail)


def best(patterns: Iterable[str], symbol: str) -> str | None:
    """Return the pattern that fits a symbol best, None when none does."""
    fitting = [pattern for pattern in patterns if covers(pattern, symbol)]
    return min(fitting, key=lambda one: ("*" in one, -len(one), one), default=None)


def chosen(symbols: tuple[str, ...] | None, symbol: str) -> bool:
    """Tell whether a rule is about a symbol: it is about all unless it names some."""
    return symbols is None or any(covers(pattern, symbol) for pattern in symbols)


def _pattern(value: object) -> str:
    pattern = clean_text(64)(value)
    if pattern.count("*") > 1:
        raise BadValue(f"may hold one `*`, was {quoted(value)}")
    return pattern


def _patterns(value: object) -> tuple[str, ...]:
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list | tuple) or not listed:
        raise BadValue(f"must be symbols or patterns, was {quoted(value)}")
    patterns = tuple(_pattern(item) for item in listed)
    if len(set(patterns)) != len(patterns):
        raise BadValue("repeats a symbol")
    return patterns


def _factors(value: object) -> dict[str, Decimal]:
    if not isinstance(value, Mapping) or not value:
        raise BadValue(f"must map symbols or patterns to numbers, was {quoted(value)}")
    factors = {}
    for key, item in value.items():
        try:
            factors[_pattern(key)] = positive_amount(item)
        except InputError as error:
            raise error.under(str(key)) from None
    return factors


Symbols = Annotated[
    tuple[str, ...],
    PlainValidator(_patterns),
    WithJsonSchema({"anyOf": [_TEXT, {"type": "array", "minItems": 1, "items": _TEXT}]}),
]
Factors = Annotated[
    dict[str, Decimal],
    PlainValidator(_factors),
    WithJsonSchema({"type": "object", "minProperties": 1, "additionalProperties": _NUMBER}),
]
Base = Literal["initial", "balance", "equity"]
"""What a share is of: the initial balance, or the balance or equity of the moment."""


class LossLimitParams(ConductParams):
    """Parameters of a rule with a limit in money: an amount, or a share of a base."""

    pct: Share | None = None
    amount: PositiveMoney | None = None

    @model_validator(mode="after")
    def _limit(self) -> Self:
        require_one(self.pct, self.amount)
        check_base(self)
        return self


def check_base(params: Any) -> None:
    """Raise when a base is given beside an amount: it would not be used."""
    if params.amount is not None and "pct_base" in params.model_fields_set:
        raise BadValue("has no meaning beside `amount`", "pct_base")
